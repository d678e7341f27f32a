"""The roll-out: one service module in one ULB."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from states.models import State
from ulbs.catalogue import modules
from ulbs.models.register import Ulb
from ulbs.rules.cells import MasterData, Step, step_of

MASTER_DATA_LABELS = {
    MasterData.NOT_STARTED: _("Not started"),
    MasterData.COLLECTING: _("Collecting"),
    MasterData.SUBMITTED: _("Submitted"),
    MasterData.RETURNED: _("Returned"),
    MasterData.VALIDATED: _("Validated"),
}
STEP_LABELS = {
    Step.NOT_IN_SCOPE: _("Not in scope"),
    Step.NOT_STARTED: _("Not started"),
    Step.MASTER_DATA: _("Master data"),
    Step.VALIDATED: _("Data validated"),
    Step.CONFIGURED: _("Configured"),
    Step.UAT: _("UAT planned"),
    Step.SIGNED_OFF: _("UAT signed off"),
    Step.LIVE: _("Live"),
    Step.WITHDRAWN: _("Withdrawn"),
}


def _name_of(code: str) -> str:
    """A module's name; its code where the catalogue has it no more and a row of the past still names it."""
    module = modules().get(code)
    return module.in_(get_language() or "en") if module else code


module_name = lazy(_name_of, str)


def module_choices() -> list[tuple[str, Any]]:
    """The modules as a form offers them, named in the reader's language."""
    return [(code, module_name(code)) for code in modules()]


class Deployment(models.Model):
    """A service module in a ULB, from master data to live. No row: the module is not planned there."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+", db_index=False)
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="deployments")
    module = models.CharField(_("module"), max_length=10, choices=module_choices)
    in_scope = models.BooleanField(_("in scope"), default=True)
    added_later = models.BooleanField(_("added after the pilot had begun"), default=False)
    master_data = models.CharField(
        _("master data"),
        max_length=12,
        choices=[(m.value, MASTER_DATA_LABELS[m]) for m in MasterData],
        default=MasterData.NOT_STARTED.value,
    )
    started_on = models.DateField(_("collection started on"), null=True, blank=True)
    validated_on = models.DateField(_("validated on"), null=True, blank=True)
    configured_on = models.DateField(_("configured on"), null=True, blank=True)
    uat_planned_on = models.DateField(_("UAT planned for"), null=True, blank=True)
    uat_signed_on = models.DateField(_("UAT signed off on"), null=True, blank=True)
    defects = models.PositiveSmallIntegerField(_("defects"), default=0)
    enhancements = models.PositiveSmallIntegerField(_("enhancements"), default=0)
    clarifications = models.PositiveSmallIntegerField(_("clarifications"), default=0)
    trained_on = models.DateField(_("trained on"), null=True, blank=True)
    live_on = models.DateField(_("live on"), null=True, blank=True)
    live_url = models.URLField(_("address"), blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("reason for the withdrawal"), max_length=300, blank=True)
    override_reason = models.CharField(
        _("reason for going live without UAT sign-off"), max_length=300, blank=True
    )
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    state_path = "state"
    town_path = "ulb__lgd_code"
    kept = True

    class Meta:
        ordering = ("ulb", "module")
        constraints = [models.UniqueConstraint(fields=["ulb", "module"], name="one_deployment_a_module")]
        indexes = [
            models.Index(fields=["state", "module", "live_on"]),
            # A page of the matrix asks for the cells of its ULBs; its foot counts what is planned.
            models.Index(fields=["state", "ulb"]),
            models.Index(
                fields=["state", "module", "live_on", "ulb"],
                condition=Q(in_scope=True, withdrawn_on__isnull=True),
                name="planned_cells",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} / {self.ulb_id}"

    @property
    def step(self) -> Step:
        return step_of(self)

    @property
    def step_label(self) -> str:
        return str(STEP_LABELS[self.step])

    @property
    def module_label(self) -> str:
        return _name_of(self.module)
