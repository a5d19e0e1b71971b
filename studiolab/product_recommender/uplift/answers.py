"""How a message moves the chance of buying: noticed or not, and where noticed, by so much on the odds.

    chance = unasked + notice * (expit(logit(interest) + effect) - interest)

summed over whether the product is the client's own extra, whose interest is the chance unasked, or another, whose
interest is lower by one weight and which nobody buys unasked. `notice`, `effect` and the correction of `unasked` are
linear in their columns, a normal prior on each weight; the weights are the likeliest, and draws from the normal curve
around them (Laplace; Bishop 2006, 4.4) give intervals. The sample world is built in the same form, see
`world.offers`, so figures from there say what the model reaches where its form is right.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from studiolab.product_recommender.uplift.traits import STANDING

DRAWS = 200
LEAST = 0.002
STRANGE, NOTICE = -0.7, -0.85  # means beforehand: half the interest in what is not one's own; three in ten notice
PRIOR = {  # spread of each kind of weight beforehand; chosen on worlds of development
    "unasked": 0.05, "strange": 0.1, "notice": 0.1, "effect": 0.2, "message": 0.4, "kind": 0.2, "trait": 0.12,
    "habit": 0.03, "tired": 0.2, "product": 0.05,
}  # fmt: skip
EFFECT = 1.3
WIDTHS = (1.0, 5.0)  # times the spreads of notice and effect; kept is the one under which the log is likeliest


class Rows(NamedTuple):
    """r cases: odds (r,) log odds of buying unasked what is one's own, own (r,) chance that this is it, kind, product
    (r,), seen (r, f) columns of the client, contacts (r,);
    STANDING of seen is plan and time as a client, which move answers more often than habits do."""

    odds: np.ndarray
    own: np.ndarray
    kind: np.ndarray
    product: np.ndarray
    seen: np.ndarray
    contacts: np.ndarray


class Answers(NamedTuple):
    """weights (k,), draws (DRAWS, k); products, messages : how many there are; width : one of WIDTHS."""

    weights: np.ndarray
    draws: np.ndarray
    products: int
    messages: int
    width: float

    def designs(self, rows):
        """Columns of the rows under nothing and each message, for `chances`."""
        effects = [
            _effect(rows, np.full(len(rows.odds), k), self.products, self.messages, self.width)
            for k in range(self.messages)
        ]
        return _base(rows, self.products, self.width), effects

    def chances(self, rows, designs, weights):
        """(r, 1 + m) chance of buying, without and with each message."""
        base, effects = designs
        without = [_chance(rows, base, effect, weights, np.zeros(len(rows.odds)))[0] for effect in effects[:1]]
        return np.stack(without + [_chance(rows, base, effect, weights, np.ones(len(rows.odds)))[0]
                                   for effect in effects], axis=1)  # fmt: skip


def fit(rows, message, bought, products, messages, rng):
    """`Answers`; message : (r,) positions, -1 for nothing; bought : (r,) 0 or 1.

    The width is chosen by the marginal likelihood (MacKay 1992), in Laplace's approximation.
    """
    found = [(_fitted(rows, message, bought, products, messages, width), width) for width in WIDTHS]
    (weights, curvature, _), width = max(found, key=lambda one: one[0][2])
    noise = rng.standard_normal((DRAWS, len(weights)))
    draws = weights + np.linalg.solve(np.linalg.cholesky(curvature).T, noise.T).T
    return Answers(weights, draws, products, messages, width)


def _fitted(rows, message, bought, products, messages, width):
    """weights (k,), curvature (k, k) and log marginal likelihood, but for a constant."""
    base, effect = _base(rows, products, width), _effect(rows, message, products, messages, width)
    sent = (message >= 0).astype(float)

    def loss(weights):
        chance, slopes = _chance(rows, base, effect, weights, sent)
        chance = np.clip(chance, 1e-6, 1 - 1e-6)
        value = -(bought * np.log(chance) + (1 - bought) * np.log1p(-chance)).sum() + weights @ weights / 2
        off = (chance - bought) / (chance * (1 - chance))
        return value, np.concatenate([(off * one) @ columns for one, columns in slopes()]) + weights

    size = base[0].shape[1] + base[1].shape[1] + effect.shape[1] + 1
    best = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": 120})
    chance, slopes = _chance(rows, base, effect, best.x, sent)
    chance = np.clip(chance, 1e-6, 1 - 1e-6)
    slope = np.column_stack([one[:, None] * columns for one, columns in slopes()])
    curvature = (slope / (chance * (1 - chance))[:, None]).T @ slope + np.eye(size)
    return best.x, curvature, -best.fun - np.linalg.slogdet(curvature)[1] / 2


def _chance(rows, base, effect, weights, sent):
    """(r,) chance, and a function that tells its slope by each part of the weights: (r,) times the columns (r, k)."""
    unasked, notices = base
    ends = np.cumsum([unasked.shape[1], notices.shape[1], effect.shape[1]])
    odds = rows.odds + unasked @ weights[: ends[0]]
    strange = STRANGE + PRIOR["strange"] * weights[-1]
    noticed = expit(NOTICE + notices @ weights[ends[0] : ends[1]])
    notice = sent * noticed
    shift = EFFECT + effect @ weights[ends[1] : ends[2]]
    own, moved, other, moved_other = (
        expit(one) for one in (odds, odds + shift, odds + strange, odds + strange + shift)
    )
    gain = rows.own * (moved - own) + (1 - rows.own) * (moved_other - other)
    chance = rows.own * own + (1 - rows.own) * LEAST + notice * gain

    def slopes():
        bent = [one * (1 - one) for one in (own, moved, other, moved_other)]
        strange_too = notice * (1 - rows.own) * (bent[3] - bent[2])
        of_shift = notice * (rows.own * bent[1] + (1 - rows.own) * bent[3])
        yield rows.own * (bent[0] + notice * (bent[1] - bent[0])) + strange_too, unasked
        yield gain * notice * (1 - noticed), notices
        yield of_shift, effect
        yield strange_too, np.full((len(odds), 1), PRIOR["strange"])

    return chance, slopes


def _base(rows, products, width):
    of_kind = np.eye(3)[rows.kind]
    unasked = [of_kind, of_kind * (rows.odds[:, None] + 2), 0.5 * np.eye(products)[rows.product]]
    unasked += [0.5 * of_kind[:, [k]] * rows.seen for k in range(3)]
    one = np.ones((len(rows.odds), 1))
    return PRIOR["unasked"] * np.column_stack(unasked), width * PRIOR["notice"] * np.column_stack(
        [one, rows.seen[:, :2]]
    )


def _effect(rows, message, products, messages, width):
    of_kind, of_product = np.eye(3)[rows.kind], np.eye(products)[rows.product]
    spread = np.full(rows.seen.shape[1], PRIOR["habit"])
    spread[STANDING] = PRIOR["trait"]
    one, seen = np.ones((len(rows.odds), 1)), spread * rows.seen
    columns = [PRIOR["effect"] * one, PRIOR["kind"] * of_kind, PRIOR["product"] * of_product,
               PRIOR["tired"] * np.minimum(rows.contacts, 4)[:, None], seen / 2]  # fmt: skip
    for k in range(messages):
        this = (message == k).astype(float)[:, None]
        columns += [PRIOR["message"] * this, PRIOR["kind"] * this * of_kind, this * seen]
    return width * np.column_stack(columns)
