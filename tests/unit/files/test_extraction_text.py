"""Text formats: Markdown, reStructuredText, web pages, tables, JSON, XML, calendars, contacts, notebooks, RTF."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.files.extraction.formats.plain import markdown_headings
from tests.unit.files.reading import Result


def read(folder: Path, name: str, content: str | bytes) -> Result:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Result(path)


def test_markdown_headings_are_found_but_not_in_code(tmp_path: Path) -> None:
    content = "# One #\n\ntext\n\n```\n# no heading\n```\n\nTwo\n---\n\n- item\n---\n\n### Three\nend"
    result = read(tmp_path, "a.md", content)
    assert result.headings == [(1, "One"), (2, "Two"), (3, "Three")]
    assert result.text == content


@given(st.text(alphabet="# =-`\nab", max_size=200))
def test_markdown_headings_lie_where_they_are_said_to(text: str) -> None:
    end = 0
    for heading in markdown_headings(text):
        title = text[heading.start : heading.end]
        assert title == title.strip() != ""
        assert "\n" not in title
        assert heading.start >= end
        end = heading.end


def test_rst_levels_follow_the_order_of_adornments(tmp_path: Path) -> None:
    content = "=====\nTitle\n=====\n\nFirst\n-----\n\ntext\n\nDeeper\n~~~~~~\n\nSecond\n------\n"
    assert read(tmp_path, "a.rst", content).headings == [(1, "Title"), (2, "First"), (3, "Deeper"), (2, "Second")]


def test_html_keeps_headings_lists_and_tables_and_leaves_out_what_is_not_content(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        "a.html",
        """<!doctype html><html><head><title>Ward rules</title><script>var x</script></head><body><nav>Menu</nav>
        <h1>Visiting</h1><p>Visits are <b>from</b>\n2&nbsp;pm.<br>Knock.</p><ul><li>one</li><li>two</li></ul>
        <div hidden>secret</div><p style="display:none">unseen</p><img src="x" alt="A plan of the ward">
        <table><tr><th>Day</th><th>Time</th></tr><tr><td>Mon</td><td>2<br>pm</td></tr></table></body></html>""",
    )
    assert result.headings == [(1, "Ward rules"), (1, "Visiting"), (9, "Day | Time")]
    assert "Visits are from 2 pm.\n\nKnock." in result.text
    assert "one\ntwo" in result.text
    assert "Day | Time\nMon | 2 pm" in result.text
    assert "A plan of the ward" in result.text
    for absent in ("Menu", "var x", "secret", "unseen"):
        assert absent not in result.text


def test_html_is_decoded_by_the_charset_that_it_declares(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Привет, мир</p></body></html>'
    assert "Привет, мир" in read(tmp_path, "a.html", page.encode("cp1251")).text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_a_table_whatever_its_delimiter(tmp_path: Path, delimiter: str) -> None:
    content = delimiter.join(["Name", "Age"]) + "\n" + delimiter.join(['"Smith, ""Jo"""', "41"]) + "\n"
    result = read(tmp_path, "a.csv", content)
    assert result.text == 'Name | Age\nSmith, "Jo" | 41'
    assert result.headings == [(9, "Name | Age")]


def test_csv_in_a_japanese_encoding_is_read(tmp_path: Path) -> None:
    content = "名前,年齢,住所\n佐藤花子,30,東京都千代田区\n鈴木一郎,41,大阪府大阪市中央区\n"
    assert "佐藤花子 | 30 | 東京都千代田区" in read(tmp_path, "a.csv", content.encode("cp932")).text


def test_json_values_stand_beside_the_path_that_leads_to_them(tmp_path: Path) -> None:
    value = {
        "patient": {"name": "Ann", "tags": ["a", "b"]},
        "visits": [{"on": "Monday"}, {"on": "Friday"}],
        "note": "x\ny",
    }
    result = read(tmp_path, "a.json", json.dumps(value))
    assert (
        result.text == "patient.name: Ann\npatient.tags: a, b\n\nvisits.on: Monday\n\nvisits.on: Friday\n\nnote:\nx\ny"
    )


def test_what_is_not_json_is_kept_as_text(tmp_path: Path) -> None:
    assert read(tmp_path, "a.json", '{"broken": ').text.strip() == '{"broken":'


def test_json_lines_are_records(tmp_path: Path) -> None:
    result = read(tmp_path, "a.jsonl", '{"a": 1}\n{"a": 2}\nnot json\n')
    assert result.text == "a: 1\n\na: 2\n\nnot json"


def test_xml_has_titles_as_headings_and_names_beside_short_values(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        "a.xml",
        '<?xml version="1.0"?><record><title>Lab report</title><name>Ann</name>'
        '<code displayName="Potassium high"/><text>A <b>mixed</b> text.</text>'
        "<description>&lt;p&gt;escaped &lt;i&gt;markup&lt;/i&gt;&lt;/p&gt;</description></record>",
    )
    assert result.headings == [(1, "Lab report")]
    for words in ("name: Ann", "Potassium high", "A mixed text.", "escaped markup"):
        assert words in result.text


def test_xml_with_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha">]><a>&x;</a>'
    assert "entity declarations" in (read(tmp_path, "a.xml", bomb).reason or "")


def test_a_calendar_has_its_entries_under_their_summaries(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        "a.ics",
        "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Clinic\r\nBEGIN:VEVENT\r\nSUMMARY:Round\\, ward 3\r\n"
        "DTSTART;TZID=Europe/Berlin:20240305T140000\r\nDTEND:20240305T150000Z\r\nLOCATION:Room\r\n  7\r\n"
        "ATTENDEE;CN=Ann:mailto:ann@x.example\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nBEGIN:VALARM\r\nDESCRIPTION:ring\r\n"
        "END:VALARM\r\nEND:VEVENT\r\nBEGIN:VTODO\r\nSUMMARY:Order gloves\r\nDUE;VALUE=DATE:20240401\r\nEND:VTODO\r\n"
        "END:VCALENDAR\r\n",
    )
    assert result.headings == [(1, "Clinic"), (2, "Round, ward 3"), (2, "Order gloves")]
    for words in ("Start: 2024-03-05 14:00 Europe/Berlin", "End: 2024-03-05 15:00 UTC", "Location: Room 7"):
        assert words in result.text
    for words in ("Attendee: Ann <ann@x.example>", "Repeats: freq weekly, count 3", "Due: 2024-04-01"):
        assert words in result.text
    assert "ring" not in result.text


def test_contacts_stand_under_their_names(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        "a.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ann Nurse\nTEL;TYPE=WORK,VOICE:+49 1\nADR;TYPE=home:;;Main St 1;Town;;12345;\n"
        "END:VCARD\nBEGIN:VCARD\nVERSION:2.1\nN:Groß;Bärbel\n"
        "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCde=\n und wach\nEND:VCARD\n",
    )
    assert result.headings == [(1, "Ann Nurse"), (1, "Bärbel Groß")]
    assert "Phone (work): +49 1\nAddress (home): Main St 1, Town, 12345" in result.text
    assert "Note: Müde" in result.text


def test_a_notebook_is_markdown_with_its_code_fenced(tmp_path: Path) -> None:
    notebook = {
        "nbformat": 4,
        "metadata": {"kernelspec": {"language": "R"}},
        "cells": [
            {"cell_type": "markdown", "source": ["# Analysis\n", "of doses"]},
            {"cell_type": "code", "source": "mean(x)", "outputs": [{"text": ["[1] 4.2"]}]},
        ],
    }
    result = read(tmp_path, "a.ipynb", json.dumps(notebook))
    assert result.text == "# Analysis\nof doses\n\n```R\nmean(x)\n```\n\n```\n[1] 4.2\n```"
    assert result.headings == [(1, "Analysis")]


def test_rtf_keeps_headings_tables_and_letters_of_all_kinds(tmp_path: Path) -> None:
    content = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}}"
        rb"{\stylesheet{\s1\outlinelevel0 heading 1;}}"
        rb"{\info{\author hidden}}{\pict 89504e47}"
        rb"\pard\s1 Findings\par\pard Caf\'e9 \u8364? \u-10179?\u-8704? {\v unseen}{\f1\'cf}\par"
        rb"\trowd\intbl Drug\cell Dose\cell\row\intbl Aspirin\cell 100 mg\cell\row"
        rb"\pard{\*\unknown gone}Done \{ok\}\par}"
    )
    result = read(tmp_path, "a.rtf", content)
    assert result.headings == [(1, "Findings")]
    assert "Café € 😀 П" in result.text
    assert "Drug | Dose\nAspirin | 100 mg" in result.text
    assert "Done {ok}" in result.text
    for absent in ("hidden", "89504e47", "unseen", "gone", "Arial"):
        assert absent not in result.text


def test_rtf_that_is_cut_off_keeps_its_start(tmp_path: Path) -> None:
    result = read(tmp_path, "a.rtf", rb"{\rtf1 first words\par second")
    assert result.text == "first words\n\nsecond"
    assert result.reason == "damaged"
