"""Verbs on incidents, the help desk, the cadence of reviews and policy items."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core.dates import show, today
from nudm.core.errors import Conflict
from states.access import powers, require
from states.models import State
from ulbs.actions import entries
from ulbs.models import Cadence, Event, HelpDesk, Incident, PolicyItem, Trainer
from ulbs.registers import REGISTERS

INCIDENTS, POLICY, REVIEW = REGISTERS["incidents"], REGISTERS["policy"], REGISTERS["review"]


@transaction.atomic
def save_incident(
    state: State,
    values: Mapping[str, Any],
    *,
    row: Incident | None = None,
    version: int = 0,
    close: bool = False,
    review: Event | None = None,
    by: Any,
) -> Incident:
    """Log an incident, change it, or close it with its solution; as a finding of a `review` with the centre,
    either side logs it.

    Raises NotAllowed without `update_rollout` (a new finding: without `record_review`), Conflict,
    and Refused for a day in the future, a ULB of another state, or a close without a solution.
    """
    if row is None:
        require(by, INCIDENTS.permission if review is None else REVIEW.permission, review or state)
        incident = Incident(state=state, review=review)
    else:
        incident = entries.opened(INCIDENTS, row, version, values, by, power_over(row, powers(by, state)))
    if review is not None:
        entries.still_open(review)
    was = incident.severity
    entries.still_open(incident)
    entries.put(incident, values)
    entries.not_ahead("opened_on", incident.opened_on)
    if incident.review is not None:
        _check_finding(incident, was, by)
    if incident.ulb is not None and incident.ulb.state_id != state.pk:
        raise entries.refused({"ulb": _("Choose a ULB of this State/UT.")})
    if close:
        if not incident.solution.strip():
            raise entries.refused({"solution": _("Say how it was solved.")})
        incident.closed_on = today()
    verb = "incident.close" if close else "incident.save"
    entries.write(incident, verb, by, severity=incident.severity, fields=sorted(values))
    return incident


def power_over(row: Incident | None, held: Collection[str]) -> str:
    """The power that a change of an incident asks of somebody who holds these: a finding is followed by the
    agency and corrected by those who record reviews."""
    finding = row is not None and row.review_id is not None
    return REVIEW.permission if finding and REVIEW.permission in held else INCIDENTS.permission


def _check_finding(incident: Incident, was: str, by: Any) -> None:
    """A finding is not older than its review, and only those who record reviews make it less severe: an open
    critical one keeps batches from starting."""
    review, order = incident.review, Incident.Severity.values
    if review is not None and incident.opened_on < review.on:
        words = _("This lies before the review (%(day)s). Correct the date.")
        raise entries.refused({"opened_on": words % {"day": show(review.on)}})
    eased = was and order.index(incident.severity) > order.index(was)
    if eased and REVIEW.permission not in powers(by, incident.state):
        words = _("Only NIUA-CDG and the State/UT make a finding less severe. Ask them, or solve it.")
        raise entries.refused({"severity": words})


@transaction.atomic
def reopen_incident(row: Incident, *, version: int, reason: str, by: Any) -> Incident:
    """Open a closed incident again; its solution stays to be read. Raises NotAllowed, Conflict, Refused."""
    power = power_over(row, powers(by, row.state))
    stored: Incident = entries.reopen(INCIDENTS, row, version=version, reason=reason, by=by, permission=power)
    return stored


def save_help_desk(state: State, values: Mapping[str, Any], *, version: int, by: Any) -> HelpDesk:
    """Say where the state's help desk is reached. Raises NotAllowed, Conflict, Refused for a future day."""
    desk: HelpDesk = _save_single("help_desk", state, values, version, by)
    return desk


def save_cadence(state: State, values: Mapping[str, Any], *, version: int, by: Any) -> Cadence:
    """Say how often the state reviews. Raises NotAllowed, Conflict, Refused for a future day."""
    cadence: Cadence = _save_single("cadence", state, values, version, by)
    return cadence


@transaction.atomic
def _save_single(slug: str, state: State, values: Mapping[str, Any], version: int, by: Any) -> Any:
    register = REGISTERS[slug]
    require(by, register.permission, state)
    State.objects.select_for_update().get(pk=state.pk)
    found = register.model._default_manager.filter(state=state).first()
    if found is None and version:
        raise Conflict(_("This entry is not there any more. Open the page again."))
    stored: Any = (
        entries.opened(register, found, version, values, by) if found else register.model(state=state)
    )
    entries.put(stored, values)
    entries.not_ahead("since", stored.since)
    entries.write(stored, f"{slug}.save", by, fields=sorted(values))
    return stored


@transaction.atomic
def save_policy(
    state: State, values: Mapping[str, Any], *, row: PolicyItem | None = None, version: int = 0, by: Any
) -> PolicyItem:
    """Add or change a policy item. “Not needed” is an answer, with a remark that says why.

    Raises NotAllowed without `manage_ulbs`, Conflict, and Refused for a future day, for “not needed”
    without a remark, and for “notified” without the order.
    """
    require(by, POLICY.permission, state)
    item = entries.opened(POLICY, row, version, values, by) if row else PolicyItem(state=state)
    entries.put(item, values)
    entries.not_ahead("since", item.since)
    if item.status == PolicyItem.Status.NOT_NEEDED and not item.note.strip():
        raise entries.refused({"note": _("Say in a sentence why no change is needed.")})
    if item.status == PolicyItem.Status.NOTIFIED and not item.order_number.strip():
        raise entries.refused({"order_number": _("Give the number of the notification.")})
    item.recorded_by = by
    entries.write(item, "policy.save", by, topic=item.topic, status=item.status)
    return item


@transaction.atomic
def save_trainer(
    state: State, values: Mapping[str, Any], *, row: Trainer | None = None, version: int = 0, by: Any
) -> Trainer:
    """Name a trainer of a ULB cluster, or say that somebody is none any more.

    Raises NotAllowed without `update_rollout`, Conflict, and Refused for a day in the future, an end before
    the beginning, or a ULB of another state.
    """
    register = REGISTERS["trainers"]
    require(by, register.permission, state)
    trainer = entries.opened(register, row, version, values, by) if row else Trainer(state=state)
    entries.put(trainer, values)
    entries.not_ahead("since", trainer.since)
    entries.not_ahead("until", trainer.until)
    if trainer.until and trainer.until < trainer.since:
        raise entries.refused({"until": _("This lies before the day of the training. Correct the date.")})
    if trainer.ulb is not None and trainer.ulb.state_id != state.pk:
        raise entries.refused({"ulb": _("Choose a ULB of this State/UT.")})
    entries.write(trainer, "trainer.save", by, cluster=trainer.cluster)
    return trainer
