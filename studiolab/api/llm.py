"""Agents and language models over HTTP, `/api/llm` (D-16, D-30, K3.10). Nothing here sends a message.

Who may share asks agents; who may connect channels sets them up, tries providers and keeps what agents may cite.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.studio_operations.agents import replies

router = APIRouter(
    prefix="/llm", tags=["agents"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio, conversation, agent or document"),
               503: problem("the database does not answer"), 422: problem("what came, what was expected, and where")},
)  # fmt: skip
ANSWERS, SETS = [needs("share")], [needs("channels")]
Agent = Annotated[str, Path(min_length=1, max_length=100)]
Name = Annotated[str, Path(min_length=1, max_length=200)]


@router.get("/providers")
def providers(workbench: Bench) -> list[replies.ProviderTold]:
    """The providers, what each needs, and what the models' aliases mean there."""
    return workbench.llm_providers()


@router.get("/agents")
def agents(workbench: Bench, studio: Studio) -> list[replies.AgentTold]:
    """The agents, and which model each would ask now."""
    return workbench.llm_agents(studio)


@router.post("/agents/{name}/configure", dependencies=SETS)
def configure(
    workbench: Bench, studio: Studio, user: Asker, name: Agent, given: replies.AgentGiven
) -> replies.AgentTold:
    """Provider, model, temperature and length of an agent, from its next answer on; null takes a setting back."""
    return workbench.configure_agent(studio, name, given.model_dump(exclude_unset=True), user.name)


@router.post("/smart-reply", dependencies=ANSWERS)
def smart_reply(workbench: Bench, studio: Studio, asked: replies.SmartReplyRequest) -> replies.Draft:
    """A draft of an answer, with what it stands on; a person reads it, changes it, and sends it or not."""
    return workbench.smart_reply(studio, asked.conversation_id, asked.additional_context)


@router.post("/lead-score", dependencies=ANSWERS)
def lead_score(workbench: Bench, studio: Studio, asked: replies.LeadScoreRequest) -> replies.LeadTold:
    """How promising a lead is, with every point and the words it comes from."""
    return workbench.lead_score(studio, asked.contact_id)


@router.post("/analyze", dependencies=ANSWERS)
def analyze(workbench: Bench, studio: Studio, asked: replies.AnalyzeRequest) -> replies.AnalysisTold:
    """Interests, insights, action items and mood, each with the message it comes from."""
    return workbench.analyse(studio, asked.conversation_id)


@router.post("/invoke/{agent}", dependencies=ANSWERS)
def invoke(
    workbench: Bench, studio: Studio, agent: Agent, given: Annotated[dict, Body()]
) -> replies.Draft | replies.LeadTold | replies.AnalysisTold | replies.SchedulingTold:
    """Any agent, with the fields of its own request: conversation_id; contact_id; or words, for scheduling."""
    return workbench.invoke_agent(studio, agent, given)


@router.post("/test", dependencies=SETS)
def try_provider(workbench: Bench, asked: replies.TestRequest | None = None) -> replies.Tested:
    """Whether a provider has the model and answers with it; without a body, the one that is asked anyway."""
    asked = asked or replies.TestRequest()
    return workbench.test_provider(asked.provider, asked.model)


@router.get("/knowledge")
def knowledge(workbench: Bench, studio: Studio) -> replies.KnowledgeTold:
    """What agents may cite: documents, and the studio's own data by source."""
    return workbench.knowledge(studio)


@router.post("/knowledge", dependencies=SETS)
def save_knowledge(
    workbench: Bench, studio: Studio, user: Asker, given: replies.DocumentGiven
) -> replies.KnowledgeTold:
    """A document saved, or another text in its place."""
    return workbench.save_knowledge(studio, given.name, given.text, user.name)


@router.delete("/knowledge/{name}", dependencies=SETS)
def forget_knowledge(workbench: Bench, studio: Studio, user: Asker, name: Name) -> replies.KnowledgeTold:
    """A document is cited no more."""
    return workbench.forget_knowledge(studio, name, user.name)
