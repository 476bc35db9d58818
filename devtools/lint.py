"""`./dev lint`: ruff, pylint-odoo, prettier and eslint, all locked, all local."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable

from . import environment, paths, run
from .ui import DevError, say

# Not ours to format: written by tools, or prose.
SKIP = ("/i18n/", "/static/description/", "/static/lib/", "package-lock.json")
PRETTY = (".xml", ".js", ".mjs", ".css", ".scss")


def _files(*endings: str) -> list[str]:
    """Files of the work tree with one of the endings, those git ignores left out."""
    listed = run.output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=paths.ROOT,
    ).split("\0")
    if listed == [""]:  # an unpacked archive, without git
        listed = [
            str(path.relative_to(paths.ROOT))
            for path in paths.ROOT.rglob("*")
            if path.is_file() and ".dev" not in path.parts
        ]
    return sorted(
        name
        for name in set(listed)
        if name.endswith(endings)
        and not any(skipped in f"/{name}" for skipped in SKIP)
        and (paths.ROOT / name).is_file()
    )


def _tool(command: list[str]) -> bool:
    """Run one tool from the root of the checkout; True when it is content."""
    environ = {**os.environ, "PATH": f"{paths.VENV / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=paths.ROOT, env=environ, check=False)
    return done.returncode == 0


def _node(tool: str) -> str:
    """A tool of package-lock.json, installed with `npm ci` the first time."""
    lock = (paths.ROOT / "package-lock.json").read_bytes()
    key = hashlib.sha256(lock).hexdigest()
    with run.locked(paths.DEV / "lock" / "node", "another ./dev installs node tools"):
        if not run.stamped("node", key):
            _npm_ci()
            run.stamp("node", key)
    return str(paths.NODE / "node_modules" / ".bin" / tool)


def _npm_ci() -> None:
    say("installing the node packages of package-lock.json")
    run.remove_tree(paths.NODE)
    paths.NODE.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(paths.ROOT / name, paths.NODE / name)
    hint = (
        "prettier and eslint need Node.js 18.18 or newer with npm (Debian: apt-get "
        "install npm), and the network once.\n"
        "      Meanwhile: ./dev lint ruff format pylint"
    )
    options = ["--ignore-scripts", "--no-audit", "--no-fund"]
    run.quiet(["npm", "ci", *options], "npm-ci", hint, cwd=paths.NODE)


def ruff(fix: bool) -> bool:
    """Mistakes, imports, complexity."""
    return _tool(["ruff", "check", *(["--fix"] if fix else []), *_python_files()])


def ruff_format(fix: bool) -> bool:
    """Layout of Python, and of Python only."""
    return _tool(["ruff", "format", *([] if fix else ["--check"]), *_python_files()])


def _python_files() -> list[str]:
    return ["dev", *_files(".py")]


def pylint(_fix: bool) -> bool:
    """Odoo's own traps."""
    return _tool(["pylint", "--rcfile=.pylintrc", *paths.addons()])


def prettier(fix: bool) -> bool:
    """Layout of XML, JavaScript and style sheets."""
    tool = _node("prettier")
    plugin = paths.NODE / "node_modules/@prettier/plugin-xml/src/plugin.js"
    mode = "--write" if fix else "--check"
    files = _files(*PRETTY)
    return _tool([tool, mode, "--log-level=warn", f"--plugin={plugin}", *files])


def eslint(fix: bool) -> bool:
    """Mistakes in JavaScript."""
    files = _files(".js", ".mjs")
    return _tool([_node("eslint"), *(["--fix"] if fix else []), *files])


# Fixers of the same file one after the other: mistakes first, layout last.
PARTS: dict[str, Callable[[bool], bool]] = {
    "ruff": ruff,
    "format": ruff_format,
    "pylint": pylint,
    "eslint": eslint,
    "prettier": prettier,
}


def lint(args: list[str]) -> int:
    """lint [--fix] [PART…]: all checks, or ruff, format, pylint, eslint, prettier."""
    wanted = [arg for arg in args if arg != "--fix"]
    unknown = set(wanted) - set(PARTS)
    if unknown:
        raise DevError(
            f"lint has no part {', '.join(sorted(unknown))}.",
            f"./dev lint [--fix] [{'|'.join(PARTS)}]",
            2,
        )
    environment.tools_ready()
    failed = []
    for name in wanted or PARTS:
        say(f"lint: {name}")
        if not PARTS[name](len(wanted) < len(args)):
            failed.append(name)
    if failed:
        print(f"lint: {', '.join(failed)} found something.")
        print("Next: ./dev lint --fix mends layout and imports; the rest is for you.")
    else:
        print("lint: clean")
    return 1 if failed else 0
