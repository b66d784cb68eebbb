"""English: the vocabulary of what is spoken."""

from backend.speech.spoken.language import Currency, Noun


def _metric(name: str, *short: str) -> dict[str, Noun]:
    return {one: Noun(name, f"{name}s") for one in short}


UNITS = {
    **_metric("kilogram", "kg"),
    **_metric("gram", "g"),
    **_metric("milligram", "mg"),
    **_metric("microgram", "µg", "μg", "mcg", "ug"),
    **_metric("nanogram", "ng"),
    **_metric("picogram", "pg"),
    **_metric("litre", "L", "l"),
    **_metric("decilitre", "dL", "dl"),
    **_metric("centilitre", "cL", "cl"),
    **_metric("millilitre", "mL", "ml"),
    **_metric("microlitre", "µL", "µl", "μL", "μl", "uL"),
    **_metric("femtolitre", "fL", "fl"),
    **_metric("kilometre", "km"),
    **_metric("metre", "m"),
    **_metric("centimetre", "cm"),
    **_metric("millimetre", "mm"),
    **_metric("micrometre", "µm", "μm"),
    **_metric("nanometre", "nm"),
    **_metric("square metre", "m2"),
    **_metric("square centimetre", "cm2"),
    **_metric("square millimetre", "mm2"),
    **_metric("square kilometre", "km2"),
    **_metric("cubic metre", "m3"),
    **_metric("cubic centimetre", "cm3"),
    **_metric("cubic millimetre", "mm3"),
    **_metric("mole", "mol"),
    **_metric("millimole", "mmol"),
    **_metric("micromole", "µmol", "μmol", "umol"),
    **_metric("nanomole", "nmol"),
    **_metric("picomole", "pmol"),
    **_metric("milliosmole", "mOsm", "mosm", "mOsmol", "mosmol"),
    **_metric("milliequivalent", "mEq", "meq"),
    **_metric("unit", "U", "units"),
    **_metric("international unit", "IU"),
    **_metric("milli-international unit", "mIU", "mU"),
    **_metric("micro-international unit", "µIU", "μIU"),
    **_metric("hour", "h", "hr", "hrs"),
    **_metric("minute", "min", "mins"),
    **_metric("second", "s", "sec", "secs"),
    **_metric("millisecond", "ms", "msec"),
    **_metric("day", "d"),
    **_metric("week", "wk", "wks"),
    **_metric("month", "mo", "mos"),
    **_metric("year", "yr", "yrs"),
    **_metric("volt", "V"),
    **_metric("millivolt", "mV"),
    **_metric("watt", "W"),
    **_metric("kilowatt", "kW"),
    **_metric("kilowatt hour", "kWh"),
    **_metric("joule", "J"),
    **_metric("kilojoule", "kJ"),
    **_metric("calorie", "cal"),
    **_metric("kilocalorie", "kcal"),
    **_metric("pascal", "Pa"),
    **_metric("hectopascal", "hPa"),
    **_metric("kilopascal", "kPa"),
    **_metric("gray", "Gy"),
    **_metric("millisievert", "mSv"),
    **_metric("decibel", "dB"),
    **_metric("millibar", "mbar"),
    **_metric("kilobyte", "kB", "KB"),
    **_metric("megabyte", "MB"),
    **_metric("gigabyte", "GB"),
    **_metric("terabyte", "TB"),
    **_metric("pack year", "py"),
    "Hz": Noun("hertz", "hertz"),
    "kHz": Noun("kilohertz", "kilohertz"),
    "MHz": Noun("megahertz", "megahertz"),
    "mmHg": Noun("millimetre of mercury", "millimetres of mercury"),
    "mm Hg": Noun("millimetre of mercury", "millimetres of mercury"),
    "cmH2O": Noun("centimetre of water", "centimetres of water"),
    "bpm": Noun("beat per minute", "beats per minute"),
    "rpm": Noun("revolution per minute", "revolutions per minute"),
    "ppm": Noun("part per million", "parts per million"),
    "Fr": Noun("French", "French"),
    "lb": Noun("pound", "pounds"),
    "lbs": Noun("pound", "pounds"),
    "oz": Noun("ounce", "ounces"),
    "ft": Noun("foot", "feet"),
    "K/uL": Noun("thousand per microlitre", "thousand per microlitre"),
    "K/µL": Noun("thousand per microlitre", "thousand per microlitre"),
    "mph": Noun("mile per hour", "miles per hour"),
    "°C": Noun("degree Celsius", "degrees Celsius"),
    "° C": Noun("degree Celsius", "degrees Celsius"),
    "℃": Noun("degree Celsius", "degrees Celsius"),
    "°F": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "°": Noun("degree", "degrees"),
    "%": Noun("percent", "percent"),
    "‰": Noun("per mille", "per mille"),
    "y/o": Noun("year old", "year old"),
    "yo": Noun("year old", "year old"),
}
PER = {
    name: name
    for name in (
        "day", "dose", "week", "hour", "minute", "second", "month", "year", "night", "patient", "tablet", "person",
        "puff",
        "actuation", "bottle", "vial", "cycle", "kilogram", "milligram", "litre", "liter", "millilitre", "milliliter",
    )
}  # fmt: skip
_DOLLAR = Currency(Noun("dollar", "dollars"), Noun("cent", "cents"))
_EURO = Currency(Noun("euro", "euros"), Noun("cent", "cents"))
_POUND = Currency(Noun("pound", "pounds"), Noun("penny", "pence"))
_FRANC = Currency(Noun("Swiss franc", "Swiss francs"), Noun("centime", "centimes"))


CURRENCIES = {
    "$": _DOLLAR,
    "US$": _DOLLAR,
    "USD": _DOLLAR,
    "€": _EURO,
    "EUR": _EURO,
    "£": _POUND,
    "GBP": _POUND,
    "CHF": _FRANC,
}
LARGE = {
    "thousand": "thousand", "million": "million", "billion": "billion", "k": "thousand", "K": "thousand",
    "M": "million", "bn": "billion",
}  # fmt: skip
ABBREVIATIONS = {
    "Dr.": "Doctor", "Dr": "Doctor", "Drs.": "Doctors", "Mr.": "Mister", "Mr": "Mister", "Mrs.": "Missus",
    "Mrs": "Missus", "Ms.": "Miz", "Ms": "Miz", "Prof.": "Professor", "Rev.": "Reverend", "Jr.": "Junior",
    "Sr.": "Senior", "e.g.": "for example", "eg.": "for example", "i.e.": "that is", "etc.": "et cetera",
    "etc": "et cetera", "vs.": "versus", "vs": "versus", "cf.": "compare", "approx.": "approximately",
    "incl.": "including", "excl.": "excluding", "max.": "maximum", "resp.": "respectively", "et al.": "and others",
    "dept.": "department", "Dept.": "Department", "appt.": "appointment", "appt": "appointment", "tel.": "telephone",
    "Tel.": "Telephone", "ext.": "extension", "Ext.": "Extension", "Ave.": "Avenue", "Blvd.": "Boulevard",
    "Rd.": "Road", "a.k.a.": "also known as", "aka": "also known as", "ASAP": "as soon as possible",
    "asap": "as soon as possible", "FYI": "for your information", "w/": "with", "W/": "with", "w/o": "without",
    "s/p": "status post", "h/o": "history of", "c/o": "complains of", "f/u": "follow-up", "r/o": "rule out",
    "b/c": "because", "N/A": "not applicable", "n/a": "not applicable", "and/or": "and or", "Hx": "history",
    "Dx": "diagnosis", "Tx": "treatment", "Rx": "prescription", "Sx": "symptoms", "Fx": "fracture",
    "PMHx": "past medical history", "pts": "patients", "pt": "patient", "yo": "year old", "y.o.": "year old",
    "y/o": "year old", "tab.": "tablet", "tabs.": "tablets", "tabs": "tablets", "cap.": "capsule",
    "caps.": "capsules", "inj.": "injection", "susp.": "suspension", "subcut.": "subcutaneously",
    "b.i.d.": "twice daily", "BID": "twice daily", "t.i.d.": "three times daily", "TID": "three times daily",
    "q.i.d.": "four times daily", "QID": "four times daily", "q.d.": "once daily", "QD": "once daily",
    "qd": "once daily", "q.o.d.": "every other day", "QOD": "every other day", "qod": "every other day",
    "qhs": "every night at bedtime", "QHS": "every night at bedtime", "h.s.": "at bedtime", "qam": "every morning",
    "qAM": "every morning", "qpm": "every evening", "qPM": "every evening", "p.r.n.": "as needed", "PRN": "as needed",
    "prn": "as needed", "p.o.": "by mouth", "PO": "by mouth", "NPO": "nothing by mouth", "i.v.": "I-V", "i.m.": "I-M",
    "s.c.": "subcutaneously", "SC": "subcutaneously", "subq": "subcutaneously", "SQ": "subcutaneously",
    "a.c.": "before meals", "p.c.": "after meals", "a.m.": "A-M", "p.m.": "P-M", "stat": "stat",
    "24/7": "twenty-four seven", "CHA2DS2-VASc": "chads vasc", "CABG": "cabbage", "Mon": "Monday", "Tue": "Tuesday",
    "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "wk.": "week",
    "wks.": "weeks", "hr.": "hour", "hrs.": "hours", "mins.": "minutes", "sec.": "seconds", "yr.": "year",
    "yrs.": "years", "U.S.": "U-S", "U.K.": "U-K", "U.S.A.": "U-S-A", "Ph.D.": "P-H-D", "M.D.": "M-D", "St.": "Saint",
    "Jan.": "January", "Feb.": "February", "Aug.": "August", "Sept.": "September", "Oct.": "October",
    "Nov.": "November", "Dec.": "December",
}  # fmt: skip
NUMBERED = {
    "no.": "number", "No.": "number", "nos.": "numbers", "p.": "page", "pp.": "pages", "fig.": "figure",
    "Fig.": "Figure", "Tab.": "Table", "vol.": "volume", "ch.": "chapter", "sec.": "section",
}  # fmt: skip
MAY_END = frozenset(
    """
    etc. a.m. p.m. b.i.d. t.i.d. q.i.d. q.d. q.o.d. p.r.n. p.o. h.s. a.c. p.c. hr. hrs. mins. sec. yr. yrs. wk. wks.
    U.S. U.K. U.S.A. M.D. Ph.D. Jr. Sr. y.o. tab. tabs. cap. caps.
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
SPELLED = frozenset(
    """
    ABG ABPM ACEI ACS ADHD ADL AED AF AKI ALP ALS ALT AML APTT ARB AST AV BMI BP BUN CAD CBC CKD CML CNS CO COPD CPAP
    CPR CRP CSF CT CTPA CVA CVP CXR DKA DM DMARD DNA DNR DOAC DVT ECG ED EEG EF EGFR EKG EMG ENT ER ERCP ESR FBC FEV FFP
    FiO FVC GCS GFR GI GP GTN HBA HbA HDL HF HIV HPV HR HRT IBD IBS ICD ICU ID INR IQ ITU IT IV IM IVF LDL LFT LMWH
    LP LVEF MCV MDT MI MMR MRI MRSA MS NG NHS NICU NIV NSAID NSTEMI OCD OT PCI PCR PDF PE PEEP PPI PR PSA PT PTH
    PTSD PTT PaCO PaO RBC RNA RR RSV RTI SIADH SLE SpO SSRI STI SVT TB TFT TIA TSH UK UN US USA UTI VF VT VTE WBC URL
    USB FAQ CEO HR IP API UTC GMT CET CEST EU AI AM PM eGFR pO pCO HbAc HCG hCG BNP CK
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
SYMBOLS = {
    "±": "plus or minus", "+/-": "plus or minus", "≈": "about", "×": "times", "÷": "divided by", "→": "to", "⇒": "so",
    "↑": "increased", "↓": "decreased", "≤": "at most", "≥": "at least", "≠": "is not", "=": "equals", "&": "and",
    "@": "at", "§": "section", "%": "percent", "°": "degrees", "€": "euros", "£": "pounds", "$": "dollars",
    "‰": "per mille", "©": "copyright", "™": "", "®": "", "№": "number", "∞": "infinity", "√": "root of",
}  # fmt: skip
COMPARED = {
    "<=": "at most", ">=": "at least", "<": "less than", ">": "more than", "~": "about", "+": "plus", "−": "minus",
}  # fmt: skip
