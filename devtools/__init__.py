"""What `./dev` is made of: Python standard library only, no import of odoo.

Each module is one concern, bottom up: `ui` and `paths`; `run` (child processes);
`apt`, `odoo_source`, `venv`, `browser` (the parts); `postgres`, `database` (the
data); `environment` (all of them, set up once); then one module per command.
"""
