"""Do our exposure and the floor's SQL say the same of every customer? If they did not,
comparing their times would mean nothing."""

import floor
from sides import everybody, measure_exposure

PARTS = ["not_due", "overdue", "credits", "orders", "drafts", "in_transit"]


def main(env, _argv) -> int:
    """1 when a customer's parts differ by a cent."""
    ours = measure_exposure(env, everybody(env))()
    rows = env.execute_query_dict(floor.exposure_sql(env))
    theirs = {row["partner_id"]: row for row in rows}
    wrong = 0
    for (partner_id, _company_id), exposure in ours.items():
        row = theirs.get(partner_id, {})
        for part in PARTS:
            plain = abs(float(row.get(part) or 0.0))
            if abs(getattr(exposure, part) - plain) > 0.005:
                wrong += 1
                if wrong <= 5:
                    print(partner_id, part, getattr(exposure, part), plain)
    print(f"exposure of {len(ours)} customers against plain SQL: {wrong} differ")
    return 1 if wrong else 0
