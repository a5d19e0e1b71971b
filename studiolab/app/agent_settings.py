"""Which language model each agent asks: of the environment, and as a studio has set it since (D-13 to D-16, K3.1)."""

import json
import time
from dataclasses import replace
from functools import partial

import pandas as pd

from studiolab.adapters.errors import StudiolabError
from studiolab.app.timetable import asked
from studiolab.studio_operations.agents import replies

LOOK_SECONDS = 5.0  # that a provider has to say which models it has, before a setting is told to be kept
PURPOSES = {
    "smart_reply": "drafts replies from the studio's knowledge",
    "lead_scoring": "finds the facts that a lead's score stands on",
    "conversation_analysis": "notes interests, insights and action items",
    "scheduling": "turns words into a question to the timetable",
}


class UnknownAgent(ValueError):
    """No such agent."""


class AgentSettings:
    """The part of the Workbench that knows which language model serves whom."""

    def agent_named(self, agent):
        """`agent`, one of PURPOSES. Raises UnknownAgent."""
        if agent not in PURPOSES:
            raise UnknownAgent(f"no agent {agent!r}; there are {', '.join(PURPOSES)}")
        return agent

    def llm_providers(self):
        """List of `replies.ProviderTold`; no key is in it. Raises StudiolabError for a file of models that is wrong."""
        from studiolab.adapters import providers

        usual = providers.usual_provider(self.settings)
        table = providers.models(self.settings.llm_models)
        return [self._provider_told(name, table[name], name == usual) for name in providers.PROVIDERS]

    def llm_agents(self, studio_id):
        """List of `replies.AgentTold`: each agent as it would be asked now. Raises UnknownStudio."""
        self.the_studio(studio_id)
        return [self._agent_told(studio_id, agent) for agent in PURPOSES]

    def configure_agent(self, studio_id, agent, changes, actor):
        """`replies.AgentTold` after changes, a dict of fields of `replies.AgentGiven`; None takes one back.

        It counts from the next question on. A provider that is set up is asked once which models it has; `says` tells
        where the agent's is not among them, or that it could not be asked, and the setting is kept all the same.
        Raises UnknownAgent, ValueError naming a field that cannot be.
        """
        from studiolab.adapters import providers

        studio_id, given = self.the_studio(studio_id), asked(replies.AgentGiven, changes)
        given = given.model_dump(exclude_unset=True)
        with self.db.transaction() as open_:
            open_.alone("inbox_settings")
            before = self._agent_kept(open_, studio_id, self.agent_named(agent))
            kept = {name: value for name, value in (before | given).items() if value is not None}
            try:
                providers.provider(agent, self.settings, **kept)
            except StudiolabError as error:  # an alias that means nothing there
                raise ValueError(str(error)) from None
            row = {"studio_id": studio_id, "kind": "agent", "name": agent, "value": json.dumps(kept),
                   "changed_at": pd.Timestamp.now("UTC"), "user_name": actor}  # fmt: skip
            open_.write("inbox_settings", pd.DataFrame([row]))
            payload = {"agent": agent, "before": before, "now": kept}
            self.ledger.enter(open_, actor, "agent configured", payload, studio_id)
        return self._agent_told(studio_id, agent, self._agent_looked(studio_id, agent))

    def test_provider(self, provider=None, model=None):
        """`replies.Tested`: whether a provider has the model, and whether it answers one small question.

        provider, model : the environment's own by default; model : an alias or an id
        """
        from studiolab.adapters import llm, llm_http, providers

        mind = providers.provider("smart_reply", self.settings, provider, model)
        if mind is None:
            says = "no language model is set up; set one of the providers' keys, or OLLAMA_HOST"
            return replies.Tested(provider=None, model=None, is_ok=False, says=says, models=[], seconds=None)
        began, there, fault = time.monotonic(), [], ""
        try:
            there = self._agent_lists[mind.base_url] = llm_http.there(mind)
            fault = llm_http.retired(mind.model, there)
            if not fault:
                llm.ask(mind, [{"role": "user", "content": "Say that you are there."}], replies.There)
        except ConnectionError as error:
            fault = str(error)
        says = f"{mind.host}: {fault}" if fault and mind.host not in fault else fault
        return replies.Tested(provider=mind.name, model=mind.model, is_ok=not fault, models=there[:200],
                              says=says or f"{mind.host} answers as {mind.model}",
                              seconds=round(time.monotonic() - began, 3))  # fmt: skip

    def agent_ask(self, studio_id, agent):
        """What asks the agent's language model, as of `concierge.choose`; None where none is set up."""
        from studiolab.adapters import llm

        mind = self._agent_provider(studio_id, agent)
        return None if mind is None else partial(llm.ask, mind)

    # parts --------------------------------------------------------------------------------------
    def _agent_kept(self, source, studio_id, agent):
        """dict of what a studio has set for an agent; source : Database or Transaction"""
        rows = source.read("inbox_settings", studio_id, kind="agent", name=agent)
        return {} if rows.empty else json.loads(rows["value"].iloc[0])

    def _agent_provider(self, studio_id, agent):
        from studiolab.adapters import providers

        return providers.provider(agent, self.settings, **self._agent_kept(self.db, studio_id, agent))

    @property
    def _agent_lists(self):
        """dict of a server's address to the ids of the models that it had when it was last asked."""
        return self.__dict__.setdefault("_agent_lists_kept", {})

    def _agent_looked(self, studio_id, agent):
        """Asks an agent's provider which models it has; why it could not be asked, "" where it could."""
        from studiolab.adapters import llm_http

        mind = self._agent_provider(studio_id, agent)
        if mind is None or not (mind.key or (mind.name == "ollama" and self.settings.ollama_host)):
            return ""
        try:
            self._agent_lists[mind.base_url] = llm_http.there(replace(mind, seconds=min(mind.seconds, LOOK_SECONDS)))
        except ConnectionError as error:
            return f"whether it is there could not be asked: {error}"
        return ""

    def _agent_told(self, studio_id, agent, fault=""):
        """fault : what is wrong with its provider now"""
        from studiolab.adapters import llm_http

        kept, mind = self._agent_kept(self.db, studio_id, agent), self._agent_provider(studio_id, agent)
        told = {"name": agent, "purpose": PURPOSES[agent], "own": kept}
        if mind is None:
            return replies.AgentTold(**told, provider=None, model=None, temperature=None, max_tokens=None,
                                     is_ready=False,
                                     says="no language model is set up: it answers by rules")  # fmt: skip
        says, there = f"asks {mind.model} at {mind.host}", self._agent_lists.get(mind.base_url)
        if mind.lacks:
            says = fault = f"{mind.lacks} is not set: it answers by rules"
        elif not fault and there is not None:
            fault = llm_http.retired(mind.model, there)
        if fault and fault != says:
            says = f"{says}; {fault}"
        return replies.AgentTold(**told, provider=mind.name, model=mind.model, temperature=mind.temperature,
                                 max_tokens=mind.max_tokens, is_ready=not fault, says=says)  # fmt: skip

    def _provider_told(self, name, models, is_usual):
        from studiolab.adapters import providers

        mind = providers.provider("smart_reply", self.settings, name)
        is_set_up = not mind.lacks and (name != "ollama" or bool(self.settings.ollama_host) or is_usual)
        return replies.ProviderTold(name=name, is_set_up=is_set_up, is_usual=is_usual, host=mind.host, models=models,
                                    needs="" if is_set_up else mind.lacks or "OLLAMA_HOST")  # fmt: skip
