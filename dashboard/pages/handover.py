"""The handover page: read, note, sign. It is drawn anew every two seconds, without its forms.

Who asked gets an answer by the id of the command; until ingest has given one, that is what it says.
"""

from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components, handover
from dashboard.address import Address
from dashboard.commands import NotPermitted
from dashboard.means import Means
from dashboard.pages.desk import MAX_NAME, warn
from dashboard.pages.names import NOTIFICATIONS, OPERATOR, WHERE
from dashboard.pages.tabs import ALARM_TABS, tabs
from dashboard.person import name_of, offered
from dashboard.tree import NoTree, Tree
from telemetry.clock import SECOND_NS
from telemetry.errors import LinkError
from telemetry.shift import ShiftVerb

BODY: Final = "handover-body"
ANSWER: Final = "handover-answer"
ASKED: Final = "handover-asked"
REFRESH: Final = "handover-refresh"
TEXT: Final = "shift-text"
BUTTONS: Final = {
    "shift-note": ShiftVerb.NOTE,
    "shift-sign-out": ShiftVerb.SIGN_OUT,
    "shift-sign-in": ShiftVerb.SIGN_IN,
}

REFRESH_MS: Final = 2000
MAX_TEXT: Final = 1000
_ANSWER_WITHIN_NS: Final = 4 * SECOND_NS

_DONE: Final = {
    ShiftVerb.NOTE: "Noted.",
    ShiftVerb.SIGN_OUT: "Signed out.",
    ShiftVerb.SIGN_IN: "Signed in: the shift is yours.",
}


@dataclass(frozen=True, slots=True)
class HandoverPage:
    means: Means
    path: str = "/handover"
    name: str = ""

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "handover",
            [
                tabs(ALARM_TABS, address),
                dcc.Interval(id=REFRESH, interval=REFRESH_MS),
                dcc.Store(id=ASKED),
                html.Div("Reading ...", id=BODY),
                _form(),
                html.Div(id=ANSWER, className="answer", role="status"),
            ],
            "paper",
        )

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(BODY, "children"),
            Output(ANSWER, "children"),
            Input(REFRESH, "n_intervals"),
            State(ASKED, "data"),
            State(WHERE, "search"),
        )
        async def refresh(
            _: int | None, asked: dict[str, Any] | None, search: str | None
        ) -> tuple[Any, Any]:
            try:
                tree = self.means.trees.at(search)
            except NoTree as error:
                return html.Div(str(error), className="wrong"), ""
            return self.body(tree), self.answer(tree, asked)

        @pages.callback(
            Output(NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            Output(ASKED, "data"),
            Output(TEXT, "value"),
            *(Input(button, "n_clicks") for button in BUTTONS),
            State(OPERATOR, "value"),
            State(TEXT, "value"),
            State(WHERE, "search"),
            prevent_initial_call=True,
        )
        async def ask(*given: Any) -> tuple[Any, Any, Any]:
            *clicks, name, text, search = given
            if ctx.triggered_id not in BUTTONS or not any(clicks):
                return no_update, no_update, no_update
            verb = BUTTONS[ctx.triggered_id]
            try:
                tree = self.means.trees.at(search)
            except NoTree as error:
                return [warn("Nothing done", str(error))], no_update, no_update
            problem, asked = await self.ask(tree, verb, name or "", text or "")
            return ([problem], no_update, no_update) if problem else (no_update, asked, "")

    def body(self, tree: Tree) -> list[Any]:
        return handover.render(tree.view, tree.root, self.means.clock.now_ns())

    async def ask(
        self, tree: Tree, verb: ShiftVerb, name: str, text: str
    ) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """What to tell the operator if it could not be asked, else what its answer is known by."""
        by, text = name_of(name)[:MAX_NAME], text.strip()[:MAX_TEXT]
        if not by:
            return warn("Nothing done", "Enter your name: it stands under what you sign."), None
        if verb is ShiftVerb.NOTE and not text:
            return warn("Nothing noted", "Write the note first."), None
        try:
            command = await tree.commands.shift(verb, by=by, text=text)
        except NotPermitted as error:
            return warn("Nothing done", str(error)), None
        except LinkError as error:
            return warn("NOT done", f"{error}. Try again when it is back."), None
        return None, {
            "command": command,
            "verb": verb.value,
            "at": self.means.clock.now_ns() // 1_000_000,
        }

    def answer(self, tree: Tree, asked: dict[str, Any] | None) -> str:
        if asked is None:
            return ""
        change = tree.view.board.answer(str(asked["command"]))
        if change is not None:
            return f"Refused: {change.refused}" if change.refused else _DONE[change.verb]
        waited_ns = self.means.clock.now_ns() - int(asked["at"]) * 1_000_000
        if waited_ns < _ANSWER_WITHIN_NS:
            return "Asked; waiting for ingest."
        return "NOT DONE: no answer from ingest."


def _form() -> html.Div:
    words = {
        "shift-note": "Add note",
        "shift-sign-out": "Sign out (outgoing)",
        "shift-sign-in": "Sign in (incoming)",
    }
    return html.Div(
        [
            dcc.Input(
                id=TEXT, placeholder="Note, or a word with the signature", maxLength=MAX_TEXT
            ),
            *(
                html.Button(word, id=id_, type="button", className="act", **offered())
                for id_, word in words.items()
            ),
            html.Button("Print", type="button", className="act print"),
        ],
        className="paper-form",
    )
