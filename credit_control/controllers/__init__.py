from . import portal, portal_apply, reminder
