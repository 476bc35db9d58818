"""What really happened, noted by the database and judged without the add-on.

Triggers note every confirmation, cancellation, payment and limit with the start of
its transaction. The server knows when each transaction was committed. Put in that
order, the notes must never show an order that went through (without a release) over
a limit that did not stand at some moment between the start and the commit of its
transaction: the customer owes what is confirmed, less what was cancelled or paid.
"""

import dataclasses

from .. import database
from ..environment import Environment

# One statement at a time would do as well; a block is one round trip.
TRIGGERS = """
CREATE TABLE stress_note (
    id bigserial PRIMARY KEY, started timestamptz DEFAULT transaction_timestamp(),
    what text, ref int, owner text, amount numeric, released bool DEFAULT false);

CREATE FUNCTION stress_owner(partner int) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce('group ' || group_id, 'customer ' || partner_id)
      FROM credit_file WHERE partner_id = partner $$;

CREATE FUNCTION stress_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (NEW.state = 'sale') != (OLD.state = 'sale') THEN
        INSERT INTO stress_note (what, ref, owner, amount, released)
        VALUES ('order', NEW.id, stress_owner(NEW.partner_invoice_id),
                CASE NEW.state WHEN 'sale' THEN NEW.amount_total
                               ELSE -OLD.amount_total END,
                EXISTS (SELECT FROM credit_hold
                         WHERE order_id = NEW.id AND state = 'released'));
    END IF;
    RETURN NULL; END $$;
CREATE TRIGGER stress AFTER UPDATE OF state ON sale_order
   FOR EACH ROW EXECUTE FUNCTION stress_order();

CREATE FUNCTION stress_payment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.state = 'posted' AND OLD.state != 'posted'
       AND NEW.origin_payment_id IS NOT NULL THEN
        INSERT INTO stress_note (what, ref, owner, amount)
        SELECT 'payment', id, stress_owner(partner_id), -amount
          FROM account_payment WHERE id = NEW.origin_payment_id;
    END IF;
    RETURN NULL; END $$;
CREATE TRIGGER stress AFTER UPDATE OF state ON account_move
   FOR EACH ROW EXECUTE FUNCTION stress_payment();

CREATE FUNCTION stress_limit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO stress_note (what, ref, owner, amount)
    VALUES ('limit', NEW.id, CASE TG_TABLE_NAME WHEN 'credit_group'
            THEN 'group ' || NEW.id
            ELSE stress_owner((to_jsonb(NEW)->>'partner_id')::int) END,
            NEW.credit_limit);
    RETURN NULL; END $$;
CREATE TRIGGER stress AFTER UPDATE OF credit_limit ON credit_file
   FOR EACH ROW EXECUTE FUNCTION stress_limit();
CREATE TRIGGER stress AFTER UPDATE OF credit_limit ON credit_group
   FOR EACH ROW EXECUTE FUNCTION stress_limit();
"""

NOTES = """
SELECT what, ref, owner, amount, released,
       extract(epoch FROM started), extract(epoch FROM pg_xact_commit_timestamp(xmin))
  FROM stress_note ORDER BY pg_xact_commit_timestamp(xmin), id
"""


@dataclasses.dataclass(frozen=True)
class Note:
    """One line of what happened, in the order of the commits."""

    what: str
    ref: int
    owner: str
    amount: float
    released: bool
    started: float
    committed: float


def install(env: Environment, db: str) -> None:
    """Let the database take notes from now on."""
    database.execute(env.server, TRIGGERS, db)


def read(env: Environment, db: str) -> list[Note]:
    """All notes."""
    return [
        Note(
            what, int(ref), owner, float(amount), released == "True", float(a), float(b)
        )
        for what, ref, owner, amount, released, a, b in database.execute(
            env.server, NOTES, db
        )
    ]


def judge(notes: list[Note], limits: dict[str, float]) -> list[str]:
    """Every order that went through over the limit, as a sentence.

    ``limits``: what stood at the beginning, per owner.
    """
    wrong = []
    used = dict.fromkeys(limits, 0.0)
    standing = {owner: [(0.0, limit)] for owner, limit in limits.items()}
    for note in notes:
        if note.owner not in limits:
            continue
        if note.what == "limit":
            standing[note.owner].append((note.committed, note.amount))
            continue
        used[note.owner] += note.amount
        if note.what != "order" or note.amount < 0 or note.released:
            continue
        allowed = _largest(standing[note.owner], note.started)
        if used[note.owner] > allowed + 0.005:
            wrong.append(
                f"order {note.ref} of {note.owner} passed at {used[note.owner]:.2f} "
                f"while the limit was {allowed:.2f} at most"
            )
    return wrong


def _largest(history: list[tuple[float, float]], since: float) -> float:
    """The largest limit that stood from ``since`` to the end of the history."""
    before = [limit for at, limit in history if at <= since]
    return max([before[-1], *(limit for at, limit in history if at > since)])


def balances(notes: list[Note], owners) -> dict[str, float]:
    """What each of these owes in the end."""
    sums = dict.fromkeys(owners, 0.0)
    for note in notes:
        if note.what != "limit" and note.owner in sums:
            sums[note.owner] += note.amount
    return sums
