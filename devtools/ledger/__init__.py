"""What `./dev load-ledger` knows about ledger files; imports nothing from Odoo.

reading   a file's text -> invoices and rejects
columns   which column is what, by name
values    dates and amounts as people write them
figures   what the file itself says: balances, overdue, days late
"""

from .errors import LedgerError
from .figures import Figures, known_at, last_day, limit_for, shifted, sum_up
from .reading import Invoice, Ledger, Reject, read_ledger
