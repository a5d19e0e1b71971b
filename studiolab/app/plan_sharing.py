"""A saved plan on a calendar, and plans and insights in a Slack channel (K1.31, B-79)."""

from studiolab.adapters.errors import StudiolabError
from studiolab.revenue_simulator.schedule import calendar, schedule

MOST = 5  # actions in a message


class PlanSharing:
    """The part of the Workbench that hands plans to calendars and channels."""

    def schedule(self, plan_id, start=None):
        """`schedule.Schedule` of a saved plan; start : date, its first month's first by default.

        plan_id : scenario id of a plan. Raises UnknownScenario, ValueError for a scenario that is no plan.
        """
        kept = self.scenario(plan_id)
        if kept.scenario_type != "inverse":
            raise ValueError(f"scenario {plan_id} is a {kept.scenario_type}, no plan; save one with a target")
        return schedule(plan_id, kept.scenario_name, kept.outputs, start)

    def calendar(self, plan_id, start=None):
        """iCalendar bytes of `schedule`."""
        return calendar(self.schedule(plan_id, start))

    def tell_slack(self, actor, scenario_id=None, studio_id=None):
        """Post a saved scenario, or a studio's insights, to the channel of SLACK_WEBHOOK_URL; the ledger says who did.

        Raises StudiolabError where there is no channel or it takes none, ValueError unless one of both is given.
        """
        if (scenario_id is None) == (studio_id is None):
            raise ValueError("give scenario_id or studio_id, one of both")
        title, lines, about = self._of_scenario(scenario_id) if scenario_id else self._of_insights(studio_id)
        url = self.settings.slack_webhook_url
        if url is None:
            raise StudiolabError("No Slack channel is set up: set SLACK_WEBHOOK_URL to an incoming webhook's address.")
        from studiolab.adapters import slack

        slack.send(url.get_secret_value(), title, lines)
        self.ledger.record(actor, "sent to Slack", about | {"title": title}, about["studio_id"])
        return title

    # parts --------------------------------------------------------------------------------------
    def _of_scenario(self, scenario_id):
        one = self.scenario(scenario_id)
        lines = [
            f"{month['month']}: {month['revenue']:,.0f} {one.currency}" for month in one.outputs["predictions"].values()
        ]
        if one.scenario_type == "inverse":
            lines.insert(0, one.outputs["message"])
            lines += [f"{action['priority']}. {action['action']} (+{action['expected_impact']:,.0f} {one.currency}, "
                      f"{action['timeline_weeks']} weeks)" for action in one.outputs["action_plan"][:MOST]]  # fmt: skip
        about = {"scenario_id": scenario_id, "scenario_name": one.scenario_name, "studio_id": one.studio_id}
        return f"{one.scenario_name}: {one.studio_id} after {one.base_month}", lines, about

    def _of_insights(self, studio_id):
        answer = self.insights({"studio_id": studio_id})
        currency = self.db.read("studios", studio_id, ["currency"])["currency"].iloc[0]
        found = answer.insights
        lines = [
            f"Do: {row.action} (+{row.expected_revenue_gain:,.0f} {currency} a month)"
            for row in found.next_best_actions
        ]
        lines += [
            f"Watch: {row.risk} ({row.potential_revenue_impact:,.0f} {currency} a month)" for row in found.risk_factors
        ]
        lines += [
            f"Use: {row.opportunity} (+{row.potential_revenue_gain:,.0f} {currency} a month)"
            for row in found.opportunities
        ]
        return f"{studio_id} after {answer.base_month}", [*lines, *answer.notes], {"studio_id": studio_id}
