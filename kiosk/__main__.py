"""The command line: `python -m kiosk COMMAND`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.domain.passes import ISSUED_KINDS, PassKind
from kiosk.domain.roles import Role
from kiosk.stop_signals import leave, on_stop_signals

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kiosk", description="The box at an estate's gate.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data", type=Path, metavar="DIR", help="data directory")
    where.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")

    serve = commands.add_parser("serve", parents=[where], help="bring the gate to life")
    serve.add_argument("--demo", action="store_true", help="simulate what the settings leave out; seed an estate")
    serve.add_argument("--port", type=_port, metavar="N", help="port of the pages; 0 takes a free one")

    examine = commands.add_parser("doctor", help="examine the devices, or pictures of QR codes")
    examine.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")
    subjects = examine.add_subparsers(dest="subject", metavar="qr")
    pictures = subjects.add_parser("qr", help="read pictures with the camera path's own decoder")
    pictures.add_argument("images", nargs="+", type=Path, metavar="IMAGE")

    commands.add_parser("settings", help="every setting with its default and what it does")

    commands.add_parser("voice", help="what the touchscreen says aloud, for whoever records it")

    units = commands.add_parser("units", help="the estate's directory").add_subparsers(dest="action", required=True)
    units.add_parser("import", parents=[where], help="write it, once, from a CSV file").add_argument("file", type=Path)

    user = commands.add_parser("user", help="accounts of the panel").add_subparsers(dest="action", required=True)
    add_user = user.add_parser("add", parents=[where], help="make an account; its password is asked for")
    add_user.add_argument("username")
    add_user.add_argument("--role", type=Role, choices=list(Role), required=True)

    for action, help_ in (
        ("remove", "remove an account and end its sessions"),
        ("password", "give an account a new password, which is asked for"),
        ("pin", "give an account a PIN and a duress PIN, which are asked for; empty: none"),
    ):
        user.add_parser(action, parents=[where], help=help_).add_argument("username")
    card = user.add_parser("card", parents=[where], help="say by which card on record somebody signs")
    card.add_argument("username")
    which = card.add_mutually_exclusive_group(required=True)
    which.add_argument("number", nargs="?", metavar="CARD_NUMBER", help="as printed on it, or its UID in hex")
    which.add_argument("--none", action="store_true", help="by none")

    key = commands.add_parser("api-key", help="keys for programs").add_subparsers(dest="action", required=True)
    key.add_parser("add", parents=[where], help="make a key and print it once").add_argument("name")

    card_key = commands.add_parser("card-key", help="site keys of DESFire cards").add_subparsers(
        dest="action", required=True
    )
    add_card_key = card_key.add_parser(
        "add", parents=[where], help="take a key as 32 hex digits from standard input, or make one"
    )
    add_card_key.add_argument("--version", type=int, metavar="N", required=True, help="0 to 255, as on the cards")
    add_card_key.add_argument("--generate", action="store_true", help="make a random key and print it once")
    card_key.add_parser("list", parents=[where], help="the versions, with the keys' check values")
    retire = card_key.add_parser("retire", parents=[where], help="forget a key; cards without a newer one are refused")
    retire.add_argument("--version", type=int, metavar="N", required=True)

    _add_pass_commands(commands, where)

    verify = commands.add_parser("verify-journal", help="follow the journal's chain of hashes")
    verify.add_argument("--data", type=Path, metavar="DIR", required=True, help="data directory")
    return parser


def _add_pass_commands(commands: _Commands, where: argparse.ArgumentParser) -> None:
    passes = commands.add_parser("pass", help="passes ahead of visits").add_subparsers(dest="action", required=True)
    issue = passes.add_parser("issue", parents=[where], help="issue a pass and print the text of its code")
    issue.add_argument("--unit", required=True, metavar="CODE")
    issue.add_argument("--holder", required=True, metavar="NAME")
    issue.add_argument("--kind", type=PassKind, choices=ISSUED_KINDS, default=PassKind.SINGLE)
    issue.add_argument("--from", dest="begins", metavar="TIME", help="2026-03-01 or 2026-03-01T09:00; now if left out")
    issue.add_argument("--until", metavar="TIME", help="a day is meant to its end; not for a day pass")
    issue.add_argument("--uses", type=int, metavar="N", help="entries at most")
    issue.add_argument(
        "--lane", action="append", metavar="NAME", help="a lane it is good for, again for each; else all"
    )
    issue.add_argument(
        "--weekly", action="append", metavar="HOURS", help='"mon-fri 09:00-12:00,14:00-18:00", again for other days'
    )
    issue.add_argument("--png", type=Path, metavar="FILE", help="write the code as a picture")
    issue.add_argument("--svg", type=Path, metavar="FILE", help="write the code as a drawing")
    for action, does in (("revoke", "refuse a pass from now on"), ("show", "tell all about a pass but its code")):
        one = passes.add_parser(action, parents=[where], help=does)
        one.add_argument("subject", metavar="PASS", help="its id, or the text of its code")
    verify = passes.add_parser("verify-file", parents=[where], help="tell what a photograph or text of a code is")
    verify.add_argument("file", type=Path)

    key = commands.add_parser("pass-key", help="keys that sign passes").add_subparsers(dest="action", required=True)
    key.add_parser("list", parents=[where], help="this gate's keys, and those of gates that it trusts")
    key.add_parser("rotate", parents=[where], help="sign with a new key from now on; earlier passes stay good")
    export = key.add_parser("export", parents=[where], help="this gate's public keys, for other gates")
    export.add_argument("file", type=Path, nargs="?", help="a file to write; else they are printed as base64")
    trust = key.add_parser("trust", parents=[where], help="honour the passes of another gate")
    trust.add_argument("file", type=Path, help="what that gate exported: all its keys")
    distrust = key.add_parser("distrust", parents=[where], help="honour them no more")
    for one in (trust, distrust):
        one.add_argument("--name", required=True, metavar="GATE", help="what that gate is called here")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _run_credentials(given: argparse.Namespace) -> int:
    match given.command:
        case "card-key":
            from kiosk.commands import card_keys

            card_keys.run(given)
        case "pass":
            from kiosk.commands import passes

            return passes.run(given)
        case "pass-key":
            from kiosk.commands import pass_keys

            pass_keys.run(given)
    return 0


def _list(what: str) -> None:
    if what == "settings":
        from kiosk.commands import settings

        settings.show()
    else:
        from kiosk.commands import voice

        voice.show()


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status.

    What a command needs is imported with it, so that each answers as soon as it can.
    """
    given = _parser().parse_args(arguments)
    # Personal data lies in what is written: the owner's alone, whatever the directory allows.
    os.umask(0o077)
    match given.command:
        case "serve":
            # Before the long imports; `serve` itself takes over once there is something to stop.
            on_stop_signals(leave)
            from kiosk.commands.serve import serve

            serve(is_demo=given.demo, port=given.port, data=given.data, config=given.config)
        case "doctor" if given.subject == "qr":
            from kiosk import doctor_qr

            return doctor_qr.run(given.images, sys.stdout)
        case "doctor":
            from kiosk.commands import doctor

            doctor.examine(config=given.config)
        case "settings" | "voice":
            _list(given.command)
        case "units":
            from kiosk.commands import units

            units.import_units(given.file, data=given.data, config=given.config)
        case "user":
            from kiosk.commands import accounts

            accounts.run(given)
        case "api-key":
            from kiosk.commands import accounts

            accounts.add_api_key(given.name, data=given.data, config=given.config)
        case "card-key" | "pass" | "pass-key":
            return _run_credentials(given)
        case "verify-journal":
            from kiosk.commands import doctor

            doctor.verify_journal(given.data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
