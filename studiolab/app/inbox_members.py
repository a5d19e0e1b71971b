"""Which member a contact is, by the member file, and what the studio's books say of them."""

from collections import defaultdict

import pandas as pd

from studiolab.adapters.channels import folded
from studiolab.studio_operations.inbox import identity
from studiolab.studio_operations.inbox.progress import CAME, JOINING, Record

TABLES = ("members", "orders", "visits", "studios")
MOST_NAMED = 400  # members looked up by name; of more, all rows are read
COLUMNS = ["member_id", "member_name", "email", "phone", "joined_at", "left_at", "plan_id", "email_consent",
           "text_consent"]  # fmt: skip


class MemberFile:
    """The members of a studio by their numbers and addresses.

    calling : calling code of the studio's country, None where its zone does not tell; named : folded name to count
    """

    def __init__(self, db, studio_id):
        self._db, self._studio_id, self._records = db, studio_id, {}
        zones = db.read("studios", studio_id, ["timezone"])["timezone"].dropna()
        self.calling = identity.calling_code(zones.iloc[0]) if len(zones) else None
        self.rows, self._by_phone, self._by_email = {}, defaultdict(set), defaultdict(set)
        self.named = defaultdict(int)
        for row in db.read("members", studio_id, COLUMNS).itertuples(index=False):
            self.rows[row.member_id] = row
            self.named[folded(row.member_name)] += 1
            phone, email = identity.phone(row.phone, self.calling), identity.email(row.email)
            if phone:
                self._by_phone[phone].add(row.member_id)
            if email:
                self._by_email[email].add(row.member_id)

    def match(self, contact):
        """(member_id or None, a sentence why) of a `Contact`: as staff said, else by what channels vouch for, else by
        what staff noted; nobody where several members share it."""
        given = contact.given
        if given.get("member_id") in self.rows:
            return given["member_id"], "staff said so"
        vouched = {
            what for handle in contact.handles for what in (identity.phone_of(handle), identity.email_of(handle))
        }
        noted = {identity.phone(given.get("phone"), self.calling), identity.email(given.get("email"))}
        for ways, words in ((vouched, "they write from"), (noted, "staff noted")):
            shared = {what: self.sharing([what]) for what in ways - {None}}
            members = set().union(*shared.values())
            if len(members) == 1:
                what = next(what for what in sorted(shared) if shared[what])
                return next(iter(members)), f"the member file has {what}, which {words}"
            if members:
                return None, f"{len(members)} members share what {words}: {', '.join(sorted(members)[:5])}"
        return None, ""

    def sharing(self, ways):
        """set of member_ids that have one of these E.164 numbers or addresses in lower case."""
        return set().union(*(self._by_phone.get(one, set()) | self._by_email.get(one, set()) for one in ways))

    def name(self, member_id):
        """Name of a member, None where there is none."""
        name = self.rows[member_id].member_name if member_id in self.rows else None
        return name if isinstance(name, str) else None

    def records(self, member_ids):
        """dict of member_id to `Record`, each read once."""
        asked = sorted(set(member_ids) - set(self._records))
        if asked:
            self._records |= self._read(asked)
        return {one: self._records[one] for one in member_ids}

    def _read(self, asked):
        orders = self._rows("orders", asked, "customer_id", ["customer_id", "revenue_kind", "status", "created_at"])
        orders = orders[orders["status"].isna() | (orders["status"] == "paid")]
        intro = _first(orders[orders["revenue_kind"] == "intro"], "customer_id", "created_at")
        bought = _first(orders[orders["revenue_kind"].isin(JOINING)], "customer_id", "created_at")
        visits = self._rows("visits", asked, "member_id", ["member_id", "attended_at", "status", "class_name"])
        visits = visits[visits["status"].isin(CAME)].sort_values(["attended_at", "status"])
        came = _first(visits[visits["status"] == "attended"], "member_id", "attended_at")
        first = {row.member_id: row for row in visits.drop_duplicates("member_id").itertuples()}
        return {one: self._record(one, intro.get(one), bought.get(one), first.get(one), came.get(one))
                for one in asked}  # fmt: skip

    def _rows(self, table, asked, column, columns):
        named = {column: asked} if len(asked) <= MOST_NAMED else {}
        rows = self._db.read(table, self._studio_id, columns, **named)
        return rows[rows[column].isin(asked)]

    def _record(self, one, intro, bought, visit, came):
        row = self.rows[one]
        seen = visit and (visit.attended_at, visit.status, visit.class_name or "a class")
        plain = [_known(value) for value in (row.joined_at, row.left_at, row.plan_id)]
        return Record(one, self.name(one) or "", *plain[:2], plain[2] is not None,
                      _known(row.email_consent), _known(row.text_consent), intro, bought, seen, came)  # fmt: skip


def _first(rows, who, when):
    return rows.groupby(who)[when].min().to_dict() if len(rows) else {}


def _known(value):
    return None if pd.isna(value) else value
