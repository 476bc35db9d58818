"""What `./dev` is made of: Python standard library only, no import of odoo.

Each module is one concern, bottom up:

* `ui`, `paths`, `run`: what is said, where things are, child processes and locks;
* `apt`, `odoo_source`, `venv`, `browser`: the parts, each brought once;
* `postgres`, `database`, `template`: the server, its databases, the one to clone;
* `environment`: all of them, ready to run Odoo;
* `testing` (with `tools_tests`, `selection`, `suite_run`, `testlog`, `noise`,
  `host_suites`), `lint`, `demo` (with `mailbox`), `scripts`, `cleaning`: the commands;
* `cli`: their names.

`pgexec`, `tools_tests` and `in_odoo` are run by the environment's own Python.
`load_ledger` and what it imports run inside Odoo.
"""
