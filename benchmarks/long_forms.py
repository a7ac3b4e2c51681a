"""The forms of the benchmarks of scale, as text: a thousand questions, thousands of rows."""

from __future__ import annotations

SECTIONS = 20


def form_xml(instance: str, binds: str, body: str, form_id: str) -> bytes:
    """An XForm of these parts."""
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>示例</h:title><model><instance>'
        f'<data id="{form_id}" version="1">{instance}</data></instance>{binds}</model></h:head>'
        f"<h:body>{body}</h:body></h:html>"
    ).encode()


def wide_form(questions: int, dependents: int) -> bytes:
    """Questions in sections; on the first hang relevances, calculations and limits, a third each."""
    instance = binds = body = ""
    size = questions // SECTIONS
    for section in range(SECTIONS):
        numbers = range(section * size, (section + 1) * size)
        instance += f"<s{section}>{''.join(f'<q{number}/>' for number in numbers)}</s{section}>"
        for number in numbers:
            rules = (
                'relevant="/data/s0/q0 != 7"',
                f'calculate="/data/s0/q0 * {number}"',
                'constraint=". &gt; /data/s0/q0"',
            )
            rule = rules[number % 3] if 1 <= number <= dependents else ""
            binds += f'<bind nodeset="/data/s{section}/q{number}" type="int" {rule}/>'
        asked = (
            f'<input ref="/data/s{section}/q{number}"><label>问题 {number}</label></input>'
            for number in numbers
        )
        body += f'<group ref="/data/s{section}"><label>部分 {section}</label>{"".join(asked)}</group>'
    return form_xml(instance, binds, body, "wide")


def rows_form(rows: int, calculation: str = "../age * 2") -> bytes:
    """A repeat that begins with so many rows, a total over them, and a calculation in each."""
    one = "<hh><person/><age>{age}</age><made/></hh>"
    template = '<hh jr:template=""><person/><age/><made/></hh>'
    instance = f"<total/>{template}" + "".join(one.format(age=at % 90) for at in range(rows))
    binds = (
        '<bind nodeset="/data/total" type="int" calculate="sum(/data/hh/age)"/>'
        '<bind nodeset="/data/hh/person" type="string"/>'
        '<bind nodeset="/data/hh/age" type="int" constraint=". &lt; 150"/>'
        f'<bind nodeset="/data/hh/made" type="int" calculate="{calculation}"/>'
    )
    names = (("person", "户主"), ("age", "年龄"), ("made", "算出"))
    inside = "".join(f'<input ref="/data/hh/{name}"><label>{label}</label></input>' for name, label in names)
    body = (
        '<input ref="/data/total"><label>合计</label></input>'
        f'<group ref="/data/hh"><label>农户</label><repeat nodeset="/data/hh">{inside}</repeat></group>'
    )
    return form_xml(instance, binds, body, "rows")
