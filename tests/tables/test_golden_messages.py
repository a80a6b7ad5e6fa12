"""Every finding that reading can raise, word for word. RELPROD_UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relprod.tables.rules import RULES

GOLDEN = Path(__file__).parents[1] / "golden" / "findings"
HEAD = "service,activity,period,volume,unit_cost\n"
GOOD = HEAD + "".join(f"Home care,Visit,2016-17 Q{quarter},{volume},20\n" for quarter, volume in ((1, 100), (2, 110), (3, 120), (4, 130)))
INPUTS = "service,period,input,expenditure,volume,deflator\n"
QUALITY = "service,period,indicator,value,direction,activity,weight,attribution\n"
CELLS_OF_CONTACTS = "contact_id,person_id,service,activity,opened,closed,resolved,minutes\n"
EQUITY = "[equity]\naversion = 1.0"
CONTACTS = "contact_id,person_id,service,activity,opened,closed,worker_id,area,group\n"


def row(service="Home care", activity="Visit", period="2016-17 Q1", volume="1", unit_cost="1"):
    return f"{service},{activity},{period},{volume},{unit_cost}\n"


def contact(at, person="P", opened="2016-05-01", closed="", worker="", area="", group=""):  # noqa: PLR0913, PLR0917 - a row has as many cells
    return f"C{at},{person},Home care,Visit,{opened},{closed},{worker},{area},{group}\n"


def exclusion(table, where):
    return f'[[exclusions]]\ntable = "{table}"\nwhere = {where}\nreason = "Entered twice."\nowner = "Head of performance"\n'


# For each rule: the files of a study, by table, and what else the study says. A value of None is a file that is not there.
STUDIES: dict[str, dict[str, object]] = {
    "RP001": {"activity": None},
    "RP002": {"activity": "a folder"},
    "RP003": {"activity.xlsx": "PK"},
    "RP004": {"activity": ""},
    "RP005": {"activity": HEAD},
    "RP006": {"activity": GOOD.encode() + "Café,Visit,2016-17 Q1,1,1\n".encode("cp1252")},
    "RP007": {"activity": GOOD + "A\0,B,2016-17 Q1,1,1\n"},
    "RP008": {"activity.csv.gz": b"not compressed"},
    "RP009": {"activity": GOOD + ",,,,\n"},
    "RP010": {"activity": GOOD.replace("volume", "volumes").replace("period", "quarter")},
    "RP011": {"activity": GOOD.replace("unit_cost", "volume")},
    "RP012": {"activity": "service,activity,period,volume,unit_cost,Note,grup\nHome care,Visit,2016-17 Q1,1,1,,\n"},
    "RP013": {"activity": GOOD + "Home care,Visit,2016-17 Q1,1,234,20\nHome care\n"},
    "RP014": {"activity": GOOD + '"Home care,Visit,2016-17 Q1,1,1\n'},
    "RP015": {"activity": HEAD},
    "RP017": {"activity": GOOD.replace(",", ";")},
    "RP018": {"activity": GOOD, "columns": {"volum": "Number"}},
    "RP019": {"activity_1": GOOD, "activity_2": GOOD},
    "RP082": {"activity": GOOD.replace("\n", "," + ",".join(f"c{number}" for number in range(2_000)) + "\n", 1)},
    "RP020": {"activity": GOOD + row(volume="") + row(activity="")},
    "RP021": {
        "activity": GOOD + "".join(row(volume=value) for value in ("abc", "n/a", "12%", '"1.234,50"', "#REF!", "5 hours", "1_000", "inf"))
    },
    "RP022": {"activity": GOOD + row(activity="Day", volume='"£1,234.50"') + row(activity="Night", unit_cost=" 12 ")},
    "RP023": {"activity": GOOD + row(activity="Day", unit_cost="1.23456789")},
    "RP024": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q1,I,1,up,,,\n"},
    "RP025": {"contacts": CELLS_OF_CONTACTS + "1,2,A,B,2016-05-01,,perhaps,\n", "activity": GOOD},
    "RP026": {"contacts": CELLS_OF_CONTACTS + "1,2,A,B,31/12/2016,,,\n", "activity": GOOD},
    "RP027": {"activity": GOOD + row(volume="1e12")},
    "RP028": {"activity": GOOD + row(activity="1.23E+09")},
    "RP029": {"activity": GOOD + row(service="#N/A")},
    "RP030": {"activity": GOOD + row(period="Spring")},
    "RP031": {"activity": GOOD + row(period="2016 Q1")},
    "RP032": {"activity": GOOD + row(period="2016-17")},
    "RP033": {"activity": GOOD + row(volume="-5"), "inputs": INPUTS + "Home care,2016-17 Q1,labour,(100),5,\n"},
    "RP034": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q1,I,0,higher,,,12\nHome care,2016-17 Q2,J,1,lower-share,,0,\n"},
    "RP035": {"activity": GOOD + row(service="Care > > North")},
    "RP036": {
        "activity": "service,activity,period,volume,unit_cost,cost\nA,B,2016-17 Q1,1,1,1\n",
        "inputs": INPUTS + "A,2016-17 Q1,labour,5,5,cpi\nA,2016-17 Q2,labour,5,,\n",
    },
    "RP037": {"contacts": CELLS_OF_CONTACTS + "1,2,A,B,2016-05-02,2016-05-01,,\n", "activity": GOOD},
    "RP038": {"activity": "service,activity,period,volume,unit_cost,failure_volume\nA,B,2016-17 Q1,1,1,2\n"},
    "RP039": {"activity": GOOD + row(activity="Day", unit_cost="0")},
    "RP040": {"activity_1": GOOD, "activity_2": HEAD + row()},
    "RP041": {"activity": GOOD, "quality": QUALITY + "Home caer,2016-17 Q1,I,1,higher,,,\n"},
    "RP042": {
        "activity": GOOD,
        "inputs": INPUTS
        + "".join(f"Home care,2016-17 Q{quarter},goods,5,,cip\nHome care,2016-17 Q{quarter},rent,5,,rpi\n" for quarter in (1, 2, 3, 4)),
        "deflators": "deflator,period,index\ncpi,2016-17,100\nrpi,2016-17 Q1,100\n",
    },
    "RP043": {"activity": HEAD + row(unit_cost="") + row(activity="Day")},
    "RP044": {
        "activity": GOOD
        + "".join(row("Day care", "Day", f"2016-17 Q{q}") + row("Day care", "Bus", f"2016-17 Q{q}") for q in (1, 4))
        + row("Day care", "Day", "2016-17 Q2")
    },
    "RP045": {"activity": HEAD + row() + row(period="2016-17 Q4")},
    "RP046": {"activity": HEAD + row(period="2017-18 Q1")},
    "RP047": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q1,I,1,higher,,,\nHome care,2016-17 Q3,I,1,higher,,,\n"},
    "RP048": {
        "activity": GOOD,
        "inputs": INPUTS + "A,2016-17 Q1,labour,5,5,\nA,2016-17 Q2,labour,5,,cpi\nA,2016-17 Q1,goods,5,,cpi\nA,2016-17 Q2,goods,5,,rpi\n",
        "deflators": "deflator,period,index\ncpi,2016-17,100\nrpi,2016-17,100\n",
    },
    "RP049": {
        "extra": '[failure_demand]\nmethod = "given"',
        "activity": "service,activity,period,volume,unit_cost,failure_volume\nA,B,2016-17 Q1,1,1,1\nA,B,2016-17 Q2,1,1,\n",
    },
    "RP050": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q1,I,1,higher,,,\nHome care,2016-17 Q2,I,1,lower,,,\n"},
    "RP051": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q1,I,1,higher,,1,\nHome care,2016-17 Q2,I,1,higher,,2,0.5\n"},
    "RP052": {
        "activity": GOOD,
        "published": "service,period,account,measure,value,tolerance\nHome care,2015-16 Q1,activity,output,100,0.1\n",
    },
    "RP053": {"activity": HEAD + row() + row(period="2016-17 Q2")},
    "RP054": {"activity": GOOD, "deflators": "deflator,period,index\ncpi,2016-17,100\n", "areas": "area,group\nE01,1\n"},
    "RP055": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q3,I,1,higher,,,\nHome care,2016-17 Q4,I,1,higher,,,\n"},
    "RP056": {"inputs": INPUTS + "A,2016-17 Q1,labour,5,5,\n"},
    "RP057": {"activity": GOOD, "controls": "table,column,service,period,total\ninputs,expenditure,,,5\nactivity,people,,,5\n"},
    "RP058": {
        "activity": GOOD,
        "contacts": CELLS_OF_CONTACTS + "1,2,Home care,Visit,2016-05-01,,,\n",
        "unit_costs": "service,activity,period,unit_cost\nHome care,Visit,2016-17,5\n",
    },
    "RP059": {"activity": GOOD, "quality": QUALITY + "Home care,2016-17 Q1,I,1,higher,Visits,,\n"},
    "RP071": {"contacts": CONTACTS + contact(1), "extract": ""},
    "RP072": {"contacts": CONTACTS + contact(1, opened="2016-03-31T23:59") + contact(2) + contact(3, opened="2020-04-01")},
    "RP073": {"contacts": CONTACTS + contact(1, closed="2020-04-01") + contact(2, closed="2020-03-31T23:59:59")},
    "RP074": {"contacts": CONTACTS + contact(1, area="E01") + contact(2, area="E02"), "areas": "area,group\nE01,1\n"},
    "RP075": {
        "contacts": CONTACTS + contact(1, area="E01") + contact(2) + contact(3, group="1"),
        "areas": "area,group\nE01,1\n",
        "extra": EQUITY,
    },
    "RP076": {"contacts": CONTACTS + contact(1) + contact(2, worker="W")},
    "RP077": {
        "contacts": CONTACTS + contact(1) + contact(2, person="") + contact(3, person="unknown"),
        "extra": '[failure_demand]\nmethod = "repeat"\nplaceholder_ids = ["unknown"]',
    },
    "RP078": {
        "contacts": CONTACTS
        + contact(1, person="AB 12")
        + contact(2, person="ab12")
        + contact(3, person="AB 12")
        + contact(4, person="AB12")
    },
    "RP079": {
        "contacts": CONTACTS + "".join(contact(at, person="P" if at % 50 == 0 else f"P{at}") for at in range(50_100)),
        "extra": '[failure_demand]\nmethod = "repeat"',
    },
    "RP080": {
        "activity": GOOD,
        "contacts": CONTACTS
        + contact(1)
        + contact(2, person="P2", opened="2016-06-30T23:59")
        + contact(3, area="E01", opened="2016-06-30"),
        "extra": exclusion("activity", '{ period = { from = "2016-17 Q2", to = "2016-17 Q3" } }')
        + exclusion("contacts", "{ opened = 2016-06-30, area = { missing = true } }"),
    },
    "RP081": {"activity": GOOD, "extra": exclusion("activity", '{ service = ["Home Care", "Day care"] }')},
}
READING = [code for code, rule in RULES.items() if rule.scope != "figures"]


def load(bench, files):
    tables: dict[str, object] = {}
    for name, content in files.items():
        if name == "extra":
            bench.extra = content
            continue
        if name == "extract":
            bench.extract = content
            continue
        if name == "columns":
            tables["activity"] = {"path": "activity.csv", "columns": content}
            continue
        file = name if "." in name else f"{name}.csv"
        table = name.split(".")[0].split("_1")[0].split("_2")[0]
        tables.setdefault(table, f"{table}_*.csv" if name != table and "." not in name else file)
        if content == "a folder":
            (bench.folder / file).mkdir()
        elif content is not None:
            bench.write(file, content)
    return bench.load(**tables)


def test_every_rule_of_reading_has_a_study():
    assert sorted({*STUDIES, "RP016"}) == READING


@pytest.mark.parametrize("code", STUDIES)
def test_message(bench, code):
    found = [finding for finding in load(bench, STUDIES[code]).findings if finding.code == code]
    text = "".join(
        f"{finding.code} {finding.name} ({finding.severity}, {finding.scope})\n"
        f"table {finding.table}, file {finding.file}, column {finding.column}, "
        f"line {finding.line}, lines {list(finding.lines)}, count {finding.count}\n"
        f"{finding.message}\n\n"
        for finding in found
    )
    file = GOLDEN / f"{code}.txt"
    if os.environ.get("RELPROD_UPDATE_GOLDEN") == "1" and text:
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


def test_no_golden_file_is_left_over():
    assert sorted(file.stem for file in GOLDEN.glob("*.txt")) == sorted(STUDIES)
