"""German: the vocabulary of what is spoken."""

from backend.speech.spoken.language import Currency, Gender, Noun


def _same(name: str, gender: Gender, *short: str) -> dict[str, Noun]:
    """A unit that is the same in the plural."""
    return {one: Noun(name, name, gender) for one in short}


def _plural(one: str, many: str, gender: Gender, *short: str) -> dict[str, Noun]:
    return {each: Noun(one, many, gender) for each in short}


UNITS = {
    **_same("Kilogramm Körpergewicht", "n", "kg KG", "kgKG", "kg/KG", "kg Körpergewicht"),
    **_same("Kilogramm", "n", "kg"),
    **_same("Gramm", "n", "g"),
    **_same("Milligramm", "n", "mg"),
    **_same("Mikrogramm", "n", "µg", "μg", "mcg", "ug"),
    **_same("Nanogramm", "n", "ng"),
    **_same("Pikogramm", "n", "pg"),
    **_same("Liter", "m", "L", "l"),
    **_same("Deziliter", "m", "dL", "dl"),
    **_same("Zentiliter", "m", "cL", "cl"),
    **_same("Milliliter", "m", "mL", "ml"),
    **_same("Mikroliter", "m", "µL", "µl", "μL", "μl"),
    **_same("Nanoliter", "m", "nl", "nL"),
    **_same("Femtoliter", "m", "fL", "fl"),
    **_same("Kilometer", "m", "km"),
    **_same("Meter", "m", "m"),
    **_same("Zentimeter", "m", "cm"),
    **_same("Millimeter", "m", "mm"),
    **_same("Mikrometer", "m", "µm", "μm"),
    **_same("Nanometer", "m", "nm"),
    **_same("Quadratmeter", "m", "m2", "qm"),
    **_same("Quadratzentimeter", "m", "cm2"),
    **_same("Quadratmillimeter", "m", "mm2"),
    **_same("Quadratkilometer", "m", "km2"),
    **_same("Kubikmeter", "m", "m3"),
    **_same("Kubikzentimeter", "m", "cm3"),
    **_same("Kubikmillimeter", "m", "mm3"),
    **_same("Mol", "n", "mol"),
    **_same("Millimol", "n", "mmol"),
    **_same("Mikromol", "n", "µmol", "μmol"),
    **_same("Nanomol", "n", "nmol"),
    **_same("Pikomol", "n", "pmol"),
    **_same("Milliosmol", "n", "mosm", "mosmol", "mOsm", "mOsmol"),
    **_same("Milliäquivalent", "n", "mval", "mEq"),
    **_plural("Einheit", "Einheiten", "f", "U", "E"),
    **_plural("Internationale Einheit", "Internationale Einheiten", "f", "IE", "I.E.", "IU"),
    **_plural("Milli-Einheit", "Milli-Einheiten", "f", "mU", "mIE", "mIU"),
    **_plural("Mikro-Einheit", "Mikro-Einheiten", "f", "µU", "µIE", "μU", "µIU"),
    **_plural("Stunde", "Stunden", "f", "h", "Std.", "Std"),
    **_plural("Minute", "Minuten", "f", "min", "Min.", "Min"),
    **_plural("Sekunde", "Sekunden", "f", "s", "sec", "sek", "Sek.", "Sek"),
    **_plural("Millisekunde", "Millisekunden", "f", "ms"),
    **_plural("Tag", "Tage", "m", "d", "Tg."),
    **_plural("Woche", "Wochen", "f", "Wo.", "Wo"),
    **_plural("Monat", "Monate", "m", "Mon."),
    **_plural("Jahr", "Jahre", "n", "J.", "a"),
    **_plural("Tablette", "Tabletten", "f", "Tbl.", "Tbl", "Tabl."),
    **_plural("Kapsel", "Kapseln", "f", "Kps.", "Kps"),
    **_plural("Ampulle", "Ampullen", "f", "Amp."),
    **_same("Tropfen", "m", "Tr.", "gtt"),
    **_same("Teelöffel", "m", "TL"),
    **_same("Esslöffel", "m", "EL"),
    **_plural("Hub", "Hübe", "m", "Hb."),
    **_same("Volt", "n", "V"),
    **_same("Millivolt", "n", "mV"),
    **_same("Watt", "n", "W"),
    **_same("Kilowatt", "n", "kW"),
    **_plural("Kilowattstunde", "Kilowattstunden", "f", "kWh"),
    **_same("Joule", "n", "J"),
    **_same("Kilojoule", "n", "kJ"),
    **_plural("Kalorie", "Kalorien", "f", "cal"),
    **_plural("Kilokalorie", "Kilokalorien", "f", "kcal"),
    **_same("Pascal", "n", "Pa"),
    **_same("Hektopascal", "n", "hPa"),
    **_same("Kilopascal", "n", "kPa"),
    **_same("Gray", "n", "Gy"),
    **_same("Millisievert", "n", "mSv"),
    **_same("Dezibel", "n", "dB"),
    **_same("Millibar", "n", "mbar"),
    **_same("Hertz", "n", "Hz"),
    **_same("Kilohertz", "n", "kHz"),
    **_same("Megahertz", "n", "MHz"),
    **_same("Kilobyte", "n", "kB", "KB"),
    **_same("Megabyte", "n", "MB"),
    **_same("Gigabyte", "n", "GB"),
    **_same("Terabyte", "n", "TB"),
    **_same("Millimeter Quecksilbersäule", "m", "mmHg", "mm Hg"),
    **_same("Zentimeter Wassersäule", "m", "cmH2O", "cm H2O"),
    **_plural("Schlag pro Minute", "Schläge pro Minute", "m", "bpm"),
    **_same("Giga", "n", "G", "Gpt"),
    **_same("Tera", "n", "Tpt"),
    **_same("Charrière", "n", "Ch"),
    **_same("French", "n", "Fr"),
    **_same("Grad Celsius", "m", "°C", "° C", "℃"),
    **_same("Grad Fahrenheit", "m", "°F", "℉"),
    **_same("Grad", "m", "°"),
    **_same("Prozent", "n", "%", "Vol.-%"),
    **_same("Promille", "n", "‰"),
    **_plural("Packungsjahr", "Packungsjahre", "n", "py", "PY"),
}
PER = {
    name: name
    for name in (
        "Tag", "Woche", "Stunde", "Minute", "Sekunde", "Monat", "Jahr", "Nacht", "Dosis", "Tablette", "Kilogramm",
        "Liter", "Person", "Patient", "Hub", "Zyklus", "Quartal",
    )
} | {"die": "Tag"}  # fmt: skip
_EURO = Currency(Noun("Euro", "Euro", "m"), Noun("Cent", "Cent", "m"))
_DOLLAR = Currency(Noun("Dollar", "Dollar", "m"), Noun("Cent", "Cent", "m"))
_POUND = Currency(Noun("Pfund", "Pfund", "n"), Noun("Penny", "Pence", "m"))
_FRANC = Currency(Noun("Franken", "Franken", "m"), Noun("Rappen", "Rappen", "m"))


CURRENCIES = {
    "€": _EURO,
    "EUR": _EURO,
    "Euro": _EURO,
    "$": _DOLLAR,
    "US$": _DOLLAR,
    "USD": _DOLLAR,
    "£": _POUND,
    "GBP": _POUND,
    "CHF": _FRANC,
    "Fr.": _FRANC,
}
LARGE = {
    "Mio.": "Millionen", "Mio": "Millionen", "Mrd.": "Milliarden", "Mrd": "Milliarden", "Tsd.": "Tausend",
    "Millionen": "Millionen", "Milliarden": "Milliarden",
}  # fmt: skip
ABBREVIATIONS = {
    "Dr.": "Doktor", "Prof.": "Professor", "med.": "med", "Dipl.-Ing.": "Diplom-Ingenieur", "Hr.": "Herr",
    "Hrn.": "Herrn", "Fr.": "Frau", "PD": "Privatdozent", "OA": "Oberarzt", "CA": "Chefarzt", "OÄ": "Oberärztin",
    "z.B.": "zum Beispiel", "z. B.": "zum Beispiel", "d.h.": "das heißt", "u.a.": "unter anderem",
    "usw.": "und so weiter", "etc.": "et cetera", "bzw.": "beziehungsweise", "ggf.": "gegebenenfalls",
    "evtl.": "eventuell", "vgl.": "vergleiche", "ca.": "circa", "inkl.": "inklusive", "exkl.": "exklusive",
    "sog.": "sogenannte", "bspw.": "beispielsweise", "insb.": "insbesondere", "insbes.": "insbesondere",
    "o.g.": "oben genannte", "s.o.": "siehe oben", "s.u.": "siehe unten", "s.": "siehe", "i.d.R.": "in der Regel",
    "z.T.": "zum Teil", "u.U.": "unter Umständen", "m.E.": "meines Erachtens", "i.A.": "im Auftrag",
    "v.a.": "vor allem", "u.ä.": "und Ähnliches", "o.ä.": "oder Ähnliches", "max.": "maximal", "min.": "minimal",
    "mind.": "mindestens", "zzgl.": "zuzüglich", "abzgl.": "abzüglich", "Tel.": "Telefon", "Str.": "Straße",
    "Anm.": "Anmerkung", "Std.": "Stunden", "Min.": "Minuten", "Sek.": "Sekunden", "tgl.": "täglich",
    "tägl.": "täglich", "wöchentl.": "wöchentlich", "wtl.": "wöchentlich", "monatl.": "monatlich",
    "jährl.": "jährlich", "stdl.": "stündlich", "morg.": "morgens", "abds.": "abends", "mtgs.": "mittags",
    "nachm.": "nachmittags", "vorm.": "vormittags", "b.Bed.": "bei Bedarf", "b.B.": "bei Bedarf",
    "bei Bed.": "bei Bedarf", "i.v.": "intravenös", "i.m.": "intramuskulär", "s.c.": "subkutan", "p.o.": "per os",
    "Tbl.": "Tabletten", "Kps.": "Kapseln", "Amp.": "Ampullen", "Pat.": "Patient", "Pat": "Patient",
    "St.n.": "Status nach", "St. n.": "Status nach", "Z.n.": "Zustand nach", "V.a.": "Verdacht auf",
    "o.B.": "ohne Befund", "n.b.": "nicht bekannt", "rez.": "rezidivierend", "chron.": "chronisch", "ak.": "akut",
    "bds.": "beidseits", "re.": "rechts", "li.": "links", "anamn.": "anamnestisch", "stat.": "stationär",
    "amb.": "ambulant", "Lj.": "Lebensjahr", "geb.": "geboren", "MwSt.": "Mehrwertsteuer", "gest.": "gestorben",
    "Mo.": "Montag", "Di.": "Dienstag", "Mi.": "Mittwoch", "Do.": "Donnerstag", "Sa.": "Samstag", "So.": "Sonntag",
    "Jan.": "Januar", "Feb.": "Februar", "Apr.": "April", "Aug.": "August", "Sept.": "September", "Okt.": "Oktober",
    "Nov.": "November", "Dez.": "Dezember", "KG": "Körpergewicht", "KOF": "Körperoberfläche",
    "SSW": "Schwangerschaftswoche", "RR": "R-R", "MfG": "mit freundlichen Grüßen", "24/7": "rund um die Uhr",
    "und/oder": "und oder", "CHA2DS2-VASc": "tschads vask", "Hb": "H-B", "Hk": "H-K", "HbA1c": "H-B-A eins C",
    "Ges.": "Gesamt", "Abt.": "Abteilung", "St.": "Sankt", "Ä.": "Ärztin",
}  # fmt: skip
NUMBERED = {
    "Nr.": "Nummer", "Nrn.": "Nummern", "Abb.": "Abbildung", "Tab.": "Tabelle", "Abs.": "Absatz", "Art.": "Artikel",
    "Kap.": "Kapitel", "Bd.": "Band", "S.": "Seite",
}  # fmt: skip
MAY_END = frozenset(
    """
    usw. etc. o.B. o.ä. u.ä. tgl. tägl. i.v. i.m. s.c. p.o. bds. li. re. b.Bed. b.B. Std. Min. Sek. Tbl. Kps. Amp.
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
SPELLED = frozenset(
    """
    ACE AED AK ALAT ALT AML ANV ARDS ASAT AST AU AV BGA BMI BSG BWK BZ CK CLL CML COPD CPAP CRP CT CTG DD DRG EEG EF
    EK EKG EU FEV FFP FVC GCS GFR GGT GPT GOT HDL HF HIV HWK HWS HNO HPV HSV ICD ICU ID IE INR IT IVF KHK KM LDL
    LWK LWS LVEF LAE MCV MCH MRT MRE MRSA MS NAW NEF NSAR NSTEMI NYHA OAK OP OPS PCR PCT PDF PEEP PPI PSA PTBS PTT
    RR RSV SLE SSRI TEE THG TIA TSH TTE TVT UAW USA VAC VES WHO ZNS ZVD ZVK eGFR SpO HbA paO pO pCO paCO
    URL USB IP API UTC MEZ MESZ AG EDV KI BUN BNP HCG hCG
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
SYMBOLS = {
    "±": "plus minus", "+/-": "plus minus", "≈": "ungefähr", "×": "mal", "÷": "geteilt durch", "→": "auf",
    "⇒": "also", "↑": "erhöht", "↓": "erniedrigt", "≤": "höchstens", "≥": "mindestens", "≠": "ungleich",
    "=": "gleich", "&": "und", "@": "ät", "§§": "Paragrafen", "§": "Paragraf", "%": "Prozent", "°": "Grad",
    "€": "Euro", "£": "Pfund", "$": "Dollar", "‰": "Promille", "©": "Copyright", "™": "", "®": "", "№": "Nummer",
    "∞": "unendlich", "√": "Wurzel aus",
}  # fmt: skip
COMPARED = {
    "<=": "höchstens", ">=": "mindestens", "<": "kleiner als", ">": "größer als", "~": "ungefähr", "+": "plus",
    "−": "minus",
}  # fmt: skip

# Nouns by gender, which decides how one of them is counted ("eine Tablette") and which place in a row it has
# ("dritter Tag"). `PLACES` holds those as well that are only ever a place in a row.
_MASCULINE = """
    Abschnitt Anhang Becher Befund Beutel Brief Eintrag Esslöffel Fall Hub Kalender Kontakt Liter Löffel Messlöffel
    Monat Ordner Patient Punkt Schritt Schub Stich Tag Teelöffel Teilnehmer Termin Treffer Tropfen Vorfall Zug Zyklus
"""
_FEMININE = """
    Ampulle Antwort Aufgabe Besprechung Datei Dosis E-Mail Einheit Einladung Erinnerung Frage Gabe Impfung Infusion
    Injektion Kapsel Liste Mail Milliarde Million Minute Nachricht Notiz Packung Patientin Person Portion Quelle Scheibe
    Seite Sekunde Spritze Stelle Stunde Tablette Untersuchung Woche
"""
_NEUTER = """
    Bild Blatt Dokument Ereignis Ergebnis Gespräch Glas Jahr Jahrhundert Kind Medikament Pflaster Quartal Semester Stück
    Treffen Zäpfchen
"""
_MASCULINE_PLACES = "Absatz Geburtstag Grad Platz Satz Schwangerschaftsmonat Stock Teil"
_FEMININE_PLACES = """
    Auflage Ebene Etage Generation Hälfte Impfdosis Klasse Lebenswoche Linie Phase Rippe SSW Schwangerschaftswoche
    Spalte Wahl Zehe Zeile
"""
_NEUTER_PLACES = "Kapitel Lebensjahr Mal Obergeschoss Stadium Stockwerk Trimenon Trimester"


def _genders(masculine: str, feminine: str, neuter: str) -> dict[str, Gender]:
    genders: dict[str, Gender] = dict.fromkeys(masculine.split(), "m")
    return genders | dict.fromkeys(feminine.split(), "f") | dict.fromkeys(neuter.split(), "n")


NOUNS = _genders(_MASCULINE, _FEMININE, _NEUTER)
PLACES = NOUNS | _genders(_MASCULINE_PLACES, _FEMININE_PLACES, _NEUTER_PLACES)
