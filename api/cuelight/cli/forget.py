"""`cuelight export` and `cuelight forget`: what is kept about a customer, and its erasure."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from cuelight.cli.acting import actor

if TYPE_CHECKING:
    from cuelight.auditing import AuditLog
    from cuelight.core.retention import Retention
    from cuelight.customers.dossier import Dossier

_REWRITE_S = 300.0
_BAD_ID = "is no customer id: 1 to 200 printable characters without a space at either end"


@click.command()
@click.argument("customer_id")
def export(customer_id: str) -> None:
    """Print everything kept about CUSTOMER_ID as JSON. Exit status 1 if there is nothing."""
    from cuelight.web.render_customer import export as rendered

    _check(customer_id)
    with _dossier() as (dossier, audit, retention):
        audit.append(by=actor(), action="customer.export", target=dossier.target(customer_id))
        kept = dossier.export(customer_id)
    if not kept.anything:
        raise click.ClickException("nothing is kept about this customer; ids are compared exactly, also in case")
    click.echo(json.dumps(rendered(customer_id, kept, retention), indent=2, ensure_ascii=False))


@click.command()
@click.argument("customer_ids", nargs=-1, metavar="CUSTOMER_ID...")
@click.option("--again", is_flag=True, help="Repeat the erasures of the last 90 days after restoring a backup.")
def forget(customer_ids: tuple[str, ...], again: bool) -> None:
    """Erase each CUSTOMER_ID, and wait until the store's append-only file no longer holds it.

    Facts from before the erasure are refused from now on; later ones start a new history.
    """
    from cuelight.core.erasure import Erasure

    if bool(customer_ids) == again:
        raise click.UsageError("name at least one CUSTOMER_ID, or --again")
    for customer_id in customer_ids:
        _check(customer_id)
    with _dossier() as (dossier, audit, _):
        if again:
            audit.append(by=actor(), action="customer.erase_again", target="erasures")
            known, found = dossier.erase_again()
            click.echo(f"{known} erasures in the register, {found} erased again")
        for number, customer_id in enumerate(customer_ids, 1):
            audit.append(by=actor(), action="customer.erase", target=dossier.target(customer_id))
            done = dossier.erase(customer_id)
            said = ", ".join(f"{getattr(done, name)} {name.replace('_', ' ')}" for name in Erasure.__slots__)
            # Ids may be e-mail addresses, and terminals are recorded: they are counted, not repeated.
            told = f"erased {said}" if done.anything else "nothing was kept"
            click.echo(f"{number} of {len(customer_ids)}: {told}")
        click.echo(_rewrite(dossier))


def _rewrite(dossier: Dossier) -> str:
    """Have the append-only file rewritten, and wait for the end of it: behind an earlier one, if need be."""
    from cuelight.core.erasure import Rewrite
    from cuelight.web.render_customer import TOLD

    deadline = time.monotonic() + _REWRITE_S
    while (state := dossier.rewrite()) is Rewrite.BUSY and time.monotonic() < deadline:
        time.sleep(0.2)
    if state is not Rewrite.STARTED:
        return TOLD[state]
    while dossier.rewriting():
        if time.monotonic() > deadline:
            return TOLD[state]
        time.sleep(0.2)
    return "The append-only file was rewritten: nothing erased is left in it."


def _check(customer_id: str) -> None:
    if not (0 < len(customer_id) <= 200 and customer_id.isprintable() and customer_id == customer_id.strip()):
        raise click.UsageError(_BAD_ID)


@contextmanager
def _dossier() -> Iterator[tuple[Dossier, AuditLog, Retention]]:
    from cuelight.app import open_service
    from cuelight.settings import Settings
    from cuelight.wiring.opening import audit_of

    settings = Settings()
    with closing(open_service(settings, patient=True)) as service:
        audit = audit_of(settings, service.stores.audit, service.locator.keys)
        yield service.dossier, audit, settings.retention
