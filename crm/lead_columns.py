"""Which column of somebody's table is what of a lead, by its heading."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.matching import folded

LABELS: dict[str, Any] = {
    "company": _("Company"),
    "name": pgettext_lazy("person", "Name"),
    "email": _("Email"),
    "phone": _("Phone"),
    "source": _("Source"),
    "region": _("Region"),
    "note": _("Note"),
    "country": _("Country"),
    "industry": _("Industry"),
    "website": _("Website"),
    "external_id": _("External id"),
    "owner": _("Owner's email"),
}
FIELDS = tuple(LABELS)
USUAL = FIELDS[:7]
"""What most lists have; the others stand folded."""
HEADINGS = {
    "company": "company, company name, customer, customer name, account, organisation,"
    " organization, firm, business, 公司, 公司名称, 企业, 企业名称, 客户, 客户名称, 单位, 单位名称",
    "name": "name, full name, contact, contact name, contact person, person, 姓名, 名字, 联系人,"
    " 联系人姓名",
    "email": "email, e mail, mail, email address, e mail address, 邮箱, 电子邮箱, 电子邮件, 邮件",
    "phone": "phone, phone number, telephone, tel, mobile, cell, 电话, 电话号码, 联系电话, 手机,"
    " 手机号, 手机号码",
    "source": "source, lead source, channel, came from, 来源, 线索来源, 客户来源, 渠道",
    "region": "region, area, province, state, city, 地区, 区域, 大区, 省份, 省, 城市",
    "note": "note, notes, comment, comments, remark, remarks, message, 备注, 留言, 说明, 附注",
    "country": "country, 国家",
    "industry": "industry, sector, branch, 行业",
    "website": "website, web site, web, url, homepage, 网站, 网址, 官网",
    "external_id": "external id, id, number, no, 外部编号, 编号",
    "owner": "owner, sales rep, rep, assigned to, 负责人, 所有者",
}


def _key(heading: str) -> str:
    return folded(heading.replace("_", " "))


KNOWN = {
    _key(heading): field
    for field, headings in HEADINGS.items()
    for heading in re.split(r",\s*", headings)
}


def matched(header: Sequence[str]) -> dict[str, int]:
    """The column of each field that a heading tells; the first where several do.

    Without a column for companies a *name* is the company's.
    """
    found: dict[str, int] = {}
    for place, heading in enumerate(header):
        field = KNOWN.get(_key(heading))
        if field:
            found.setdefault(field, place)
    if "company" not in found and "name" in found:
        found["company"] = found.pop("name")
    return found
