from . import log, portal, portal_apply, reminder
