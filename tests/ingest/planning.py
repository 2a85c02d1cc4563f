"""What tests of the plan share: an activity, people who ask, checks that say what they are told."""

from ingest.plan_steps import Check
from ingest.plans import PlanBook
from telemetry.activity import Activity, ActivityKind
from telemetry.clock import SECOND_NS
from telemetry.plan import CheckItem, ConfigurationCheck, Plan, PlanChange, PlanCommand, PlanVerb

MINUTE_NS = 60 * SECOND_NS
#: The window opens an hour into the stream.
START_NS = 60 * MINUTE_NS
END_NS = START_NS + 10 * MINUTE_NS


def activity(id_: str = "test", *, title: str = "A test", end_ns: int = END_NS) -> Activity:
    return Activity(
        id=id_,
        title=title,
        kind=ActivityKind.THRUSTER_TEST,
        spacecraft="soyuz",
        start_ns=START_NS,
        end_ns=end_ns,
        may_fire=("soyuz",),
    )


def saying(*, go: bool, name: str = "Desaturation") -> Check:
    def check(activity: Activity, time_ns: int) -> ConfigurationCheck:
        item = CheckItem(name=name, go=go, reason="as planned" if go else "is ENABLED")
        return ConfigurationCheck(time_ns=time_ns, items=(item,))

    return check


GO, NO_GO = saying(go=True), saying(go=False)


class Room:
    """People around one plan book, whose stream stands at `now_ns`."""

    def __init__(self, now_ns: int = START_NS - 30 * MINUTE_NS) -> None:
        self.book = PlanBook()
        self.now_ns = now_ns
        self.check = GO
        self._asked = 0

    def ask(
        self,
        verb: PlanVerb | str,
        by: str = "Ann",
        plan: str = "test",
        *,
        id_: str = "",
        activity: Activity | None = None,
        until_ns: int = 0,
        override: bool = False,
        comment: str = "",
    ) -> PlanChange:
        self._asked += 1
        change = self.book.command(
            "soyuz",
            verb,
            PlanCommand(
                id=id_ or f"c{self._asked}",
                by=by,
                plan=plan,
                activity=activity,
                until_ns=until_ns,
                override=override,
                comment=comment,
            ),
            time_ns=self.now_ns,
            received_ns=self.now_ns + 5,
            check=self.check,
        )
        assert change is not None
        return change

    def propose(self, by: str = "Ann", of: Activity | None = None, *, id_: str = "") -> PlanChange:
        of = of or activity()
        return self.ask(PlanVerb.PROPOSE, by, of.id, activity=of, id_=id_)

    def approved(self) -> "Room":
        assert not self.propose().refused
        assert not self.ask(PlanVerb.APPROVE, "Bob").refused
        return self

    def tick(self) -> list[PlanChange]:
        return self.book.tick("soyuz", self.now_ns, self.now_ns + 5, self.check)

    @property
    def plan(self) -> Plan:
        return self.book.plans["soyuz", "test"]
