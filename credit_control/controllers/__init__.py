from . import portal, reminder
