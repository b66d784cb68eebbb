"""Which named days there are, and when: the table behind the names of every language."""

from datetime import date, timedelta

from backend.assistant.understanding.dates.holidays import (
    Dates,
    Observance,
    after_passover_off_sabbath,
    buddhist,
    chinese,
    easter,
    fixed,
    hanukkah,
    hindu,
    in_years,
    islamic,
    nth_weekday,
    observed,
    passover,
    plus,
    weekday_before,
)

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
_THANKSGIVING = nth_weekday(4, THU, 11)
_LABOR = nth_weekday(1, MON, 9)


def _kings_day(year: int) -> list[date]:
    """27 April since 2014, before that 30 April; moved off Sundays."""
    day = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
    return [day - timedelta(1) if day.weekday() == SUN else day]


def _tax_day(year: int) -> list[date]:
    """15 April, or the next working day; Emancipation Day in Washington counts as a day off."""
    off = observed(fixed(4, 16))(year)
    day = date(year, 4, 15)
    while day.weekday() >= SAT or day in off:
        day += timedelta(1)
    return [day]


def _last_full_week(weekday: int, month: int) -> Dates:
    """A weekday in the last week, Sunday to Saturday, that lies in a month as a whole."""
    return lambda year: [day - timedelta(6 - (weekday + 1) % 7) for day in nth_weekday(-1, SAT, month)(year)]


def _first_full_week(weekday: int, month: int) -> Dates:
    """A weekday in the first week, Sunday to Saturday, that lies in a month as a whole."""
    return lambda year: [day + timedelta((weekday + 1) % 7) for day in nth_weekday(1, SUN, month)(year)]


def _earth_hour(year: int) -> list[date]:
    """The last Saturday of March, a week earlier where that is the eve of Easter."""
    day = nth_weekday(-1, SAT, 3)(year)[0]
    return [day - timedelta(7) if day + timedelta(1) == easter()(year)[0] else day]


def _election(year: int) -> list[date]:
    return nth_weekday(1, MON, 11, 1)(year)


# The primaries' day is set anew for every election.
_SUPER_TUESDAY = {
    1984: (3, 13),
    1988: (3, 8),
    1992: (3, 10),
    1996: (3, 12),
    2000: (3, 7),
    2004: (3, 2),
    2008: (2, 5),
    2012: (3, 6),
    2016: (3, 1),
    2020: (3, 3),
    2024: (3, 5),
}

CIVIL: dict[str, Observance] = {
    "new_year": Observance(fixed(1, 1)),
    "new_year_eve": Observance(fixed(12, 31)),
    "groundhog": Observance(fixed(2, 2)),
    "valentine": Observance(fixed(2, 14)),
    "lincoln": Observance(fixed(2, 12)),
    "rosa_parks": Observance(fixed(2, 4)),
    "womens": Observance(fixed(3, 8)),
    "pi": Observance(fixed(3, 14)),
    "david": Observance(fixed(3, 1)),
    "patrick": Observance(fixed(3, 17)),
    "cesar_chavez": Observance(fixed(3, 31)),
    "april_fools": Observance(fixed(4, 1)),
    "siblings": Observance(fixed(4, 10)),
    "earth": Observance(fixed(4, 22)),
    "george": Observance(fixed(4, 23)),
    "anzac": Observance(fixed(4, 25)),
    "liberation_nl": Observance(fixed(5, 5)),
    "kings_nl": Observance(_kings_day),
    "may_day": Observance(fixed(5, 1)),
    "star_wars": Observance(fixed(5, 4)),
    "cinco_de_mayo": Observance(fixed(5, 5)),
    "europe": Observance(fixed(5, 9)),
    "nurses": Observance(fixed(5, 12)),
    "africa": Observance(fixed(5, 25)),
    "childrens": Observance(fixed(6, 1)),
    "d_day": Observance(fixed(6, 6)),
    "flag": Observance(fixed(6, 14)),
    "juneteenth": Observance(fixed(6, 19)),
    "yoga": Observance(fixed(6, 21)),
    "midsummer": Observance(fixed(6, 24)),
    "canada": Observance(fixed(7, 1)),
    "independence_us": Observance(fixed(7, 4)),
    "bastille": Observance(fixed(7, 14)),
    "mandela": Observance(fixed(7, 18)),
    "swiss": Observance(fixed(8, 1)),
    "independence_in": Observance(fixed(8, 15)),
    "women_equality": Observance(fixed(8, 26)),
    "patriot": Observance(fixed(9, 11)),
    "constitution": Observance(fixed(9, 17)),
    "peace": Observance(fixed(9, 21)),
    "gandhi": Observance(fixed(10, 2)),
    "german_unity": Observance(fixed(10, 3)),
    "world_teachers": Observance(fixed(10, 5)),
    "leif_erikson": Observance(fixed(10, 9)),
    "mental_health": Observance(fixed(10, 10)),
    "boss": Observance(observed(fixed(10, 16))),
    "united_nations": Observance(fixed(10, 24)),
    "austria": Observance(fixed(10, 26)),
    "reformation": Observance(fixed(10, 31)),
    "halloween": Observance(fixed(10, 31)),
    "dead": Observance(fixed(11, 2)),
    "guy_fawkes": Observance(fixed(11, 5)),
    "veterans": Observance(fixed(11, 11)),
    "martin": Observance(fixed(11, 11)),
    "mens": Observance(fixed(11, 19)),
    "andrew": Observance(fixed(11, 30)),
    "nicholas": Observance(fixed(12, 6)),
    "pearl_harbor": Observance(fixed(12, 7)),
    "human_rights": Observance(fixed(12, 10)),
    "bill_of_rights": Observance(fixed(12, 15)),
    "christmas_eve": Observance(fixed(12, 24)),
    "christmas": Observance(fixed(12, 25)),
    "boxing": Observance(fixed(12, 26)),
    "kwanzaa": Observance(fixed(12, 26), days=7),
    "republic_in": Observance(fixed(1, 26)),
    "australia": Observance(fixed(1, 26)),
    "waitangi": Observance(fixed(2, 6)),
    "inauguration": Observance(lambda year: [date(year, 1, 20)] if year % 4 == 1 else []),
    "mlk": Observance(nth_weekday(3, MON, 1)),
    "presidents": Observance(nth_weekday(3, MON, 2)),
    "family_ca": Observance(nth_weekday(3, MON, 2)),
    "commonwealth": Observance(nth_weekday(2, MON, 3)),
    "dst_start": Observance(nth_weekday(2, SUN, 3)),
    "earth_hour": Observance(_earth_hour, minutes=(20 * 60 + 30, 21 * 60 + 30)),
    "emancipation": Observance(observed(fixed(4, 16))),
    "tax": Observance(_tax_day),
    "child_to_work": Observance(nth_weekday(4, THU, 4)),
    "admin": Observance(_last_full_week(WED, 4)),
    "arbor": Observance(nth_weekday(-1, FRI, 4)),
    "youth_service": Observance(nth_weekday(-1, FRI, 4), days=3),
    "prayer": Observance(nth_weekday(1, THU, 5)),
    "teachers": Observance(_first_full_week(TUE, 5)),
    "spouse": Observance(nth_weekday(2, SUN, 5, -2)),
    "mothers": Observance(nth_weekday(2, SUN, 5)),
    "armed_forces": Observance(nth_weekday(3, SAT, 5)),
    "ems_week": Observance(nth_weekday(3, SUN, 5), days=7),
    "emsc": Observance(nth_weekday(3, SUN, 5, 3)),
    "victoria": Observance(weekday_before(MON, 5, 25)),
    "memorial": Observance(nth_weekday(-1, MON, 5)),
    "fathers": Observance(nth_weekday(3, SUN, 6)),
    "parents": Observance(nth_weekday(4, SUN, 7)),
    "sysadmin": Observance(nth_weekday(-1, FRI, 7)),
    "friendship": Observance(nth_weekday(1, SUN, 8)),
    "civic_ca": Observance(nth_weekday(1, MON, 8)),
    "labor": Observance(_LABOR),
    "grandparents": Observance(plus(_LABOR, 6)),
    "oktoberfest": Observance(nth_weekday(3, SAT, 9), until=nth_weekday(1, SUN, 10, 1)),
    "columbus": Observance(nth_weekday(2, MON, 10)),
    "sweetest": Observance(nth_weekday(3, SAT, 10)),
    "dst_end": Observance(nth_weekday(1, SUN, 11)),
    "election": Observance(_election),
    "remembrance_sunday": Observance(nth_weekday(2, SUN, 11)),
    "thanksgiving": Observance(_THANKSGIVING),
    "black_friday": Observance(plus(_THANKSGIVING, 1)),
    "small_business": Observance(plus(_THANKSGIVING, 2)),
    "cyber_monday": Observance(plus(_THANKSGIVING, 4)),
    "giving_tuesday": Observance(plus(_THANKSGIVING, 5)),
    "super_tuesday": Observance(in_years(_SUPER_TUESDAY)),
    "mini_tuesday": Observance(in_years({2004: (2, 3)})),
}

CHRISTIAN: dict[str, Observance] = {
    "epiphany": Observance(fixed(1, 6)),
    "candlemas": Observance(fixed(2, 2)),
    "joseph": Observance(fixed(3, 19)),
    "annunciation": Observance(fixed(3, 25)),
    "weiberfastnacht": Observance(easter(-52)),
    "rose_monday": Observance(easter(-48)),
    "shrove_tuesday": Observance(easter(-47)),
    "ash_wednesday": Observance(easter(-46)),
    "lent": Observance(easter(-46), until=easter()),
    "mothering": Observance(easter(-21)),
    "palm_sunday": Observance(easter(-7)),
    "holy_week": Observance(easter(-7), until=easter()),
    "holy_thursday": Observance(easter(-3)),
    "good_friday": Observance(easter(-2)),
    "holy_saturday": Observance(easter(-1)),
    "easter": Observance(easter()),
    "easter_monday": Observance(easter(1)),
    "ascension": Observance(easter(39)),
    "pentecost": Observance(easter(49)),
    "whit_monday": Observance(easter(50)),
    "trinity": Observance(easter(56)),
    "corpus_christi": Observance(easter(60)),
    "sacred_heart": Observance(easter(68)),
    "john": Observance(fixed(6, 24)),
    "peter_paul": Observance(fixed(6, 29)),
    "assumption": Observance(fixed(8, 15)),
    "michael": Observance(fixed(9, 29)),
    "all_saints": Observance(fixed(11, 1)),
    "all_souls": Observance(fixed(11, 2)),
    "repentance": Observance(weekday_before(WED, 11, 23)),
    "christ_king": Observance(lambda year: [day - timedelta(28) for day in weekday_before(SUN, 12, 25)(year)]),
    "advent": Observance(lambda year: [day - timedelta(21) for day in weekday_before(SUN, 12, 25)(year)]),
    "immaculate": Observance(fixed(12, 8)),
    "lucia": Observance(fixed(12, 13)),
    "innocents": Observance(fixed(12, 28)),
    "orthodox_christmas": Observance(fixed(1, 7)),
    "orthodox_new_year": Observance(fixed(1, 14)),
    "orthodox_monday": Observance(easter(-48, orthodox=True)),
    "orthodox_lent": Observance(easter(-48, orthodox=True), until=easter(-8, orthodox=True)),
    "lazarus": Observance(easter(-8, orthodox=True)),
    "orthodox_palm": Observance(easter(-7, orthodox=True)),
    "orthodox_thursday": Observance(easter(-3, orthodox=True)),
    "orthodox_friday": Observance(easter(-2, orthodox=True)),
    "orthodox_saturday": Observance(easter(-1, orthodox=True)),
    "orthodox_easter": Observance(easter(orthodox=True)),
    "orthodox_easter_monday": Observance(easter(1, orthodox=True)),
    "orthodox_ascension": Observance(easter(39, orthodox=True)),
    "orthodox_pentecost": Observance(easter(49, orthodox=True)),
    "orthodox_whit_monday": Observance(easter(50, orthodox=True)),
    "orthodox_all_saints": Observance(easter(56, orthodox=True)),
}

JEWISH: dict[str, Observance] = {
    "tu_bishvat": Observance(passover(-59, -30)),
    "purim": Observance(passover(-30)),
    "shushan_purim": Observance(passover(-29)),
    "passover": Observance(passover(), days=9),
    # 27 Nisan and 4 and 5 Iyar, moved so that neither they nor their eves touch the Sabbath.
    "yom_hashoah": Observance(after_passover_off_sabbath(12, {FRI: -1, SUN: 1})),
    "yom_hazikaron": Observance(after_passover_off_sabbath(19, {THU: -1, FRI: -2, SUN: 1})),
    "yom_haatzmaut": Observance(after_passover_off_sabbath(20, {FRI: -1, SAT: -2, MON: 1})),
    "lag_baomer": Observance(passover(33)),
    "yom_yerushalayim": Observance(passover(43)),
    "shavuot": Observance(passover(50), days=3),
    "tisha_bav": Observance(lambda year: _eve_of_fast(passover(112)(year))),
    "rosh_hashanah": Observance(passover(163), days=3),
    "yom_kippur": Observance(passover(172)),
    "sukkot": Observance(passover(177), days=9),
    "hoshana_rabbah": Observance(passover(183)),
    "shemini_atzeret": Observance(passover(184)),
    "simchat_torah": Observance(passover(185)),
    "hanukkah": Observance(hanukkah, days=8),
}


def _eve_of_fast(days: list[date]) -> list[date]:
    """A fast that would begin on Friday evening begins a day later."""
    return [day + timedelta(1) if day.weekday() == FRI else day for day in days]


ISLAMIC: dict[str, Observance] = {
    "hijri_new_year": Observance(islamic("hijri_new_year_dates")),
    "ashura": Observance(islamic("ashura_dates")),
    "mawlid": Observance(islamic("mawlid_dates")),
    "isra_miraj": Observance(islamic("isra_and_miraj_dates")),
    "ramadan": Observance(islamic("ramadan_beginning_dates"), until=islamic("eid_al_fitr_dates")),
    "laylat_al_qadr": Observance(islamic("laylat_al_qadr_dates")),
    "jumuatul_wida": Observance(islamic("jumuatul_wida_dates")),
    "eid_al_fitr": Observance(islamic("eid_al_fitr_dates")),
    "arafah": Observance(islamic("eid_al_adha_dates", -1)),
    "eid_al_adha": Observance(islamic("eid_al_adha_dates")),
}

ASIAN: dict[str, Observance] = {
    "chinese_new_year": Observance(chinese("lunar_new_year_date")),
    "lantern": Observance(chinese("lunar_new_year_date", 14)),
    "qingming": Observance(chinese("qingming_date")),
    "dragon_boat": Observance(chinese("dragon_boat_date")),
    "mid_autumn": Observance(chinese("mid_autumn_date")),
    "double_ninth": Observance(chinese("double_ninth_date")),
    "nowruz": Observance(fixed(3, 21)),
    "parsi_new_year": Observance(lambda year: [date(year, 8, 17 if year % 4 and year % 4 != 3 else 16)]),
    "lohri": Observance(fixed(1, 13)),
    "bhogi": Observance(hindu("pongal_date", -1)),
    "pongal": Observance(hindu("pongal_date")),
    "mattu_pongal": Observance(hindu("pongal_date", 1)),
    "kaanum_pongal": Observance(hindu("pongal_date", 2)),
    "makar_sankranti": Observance(hindu("makar_sankranti_date")),
    "thaipusam": Observance(hindu("thaipusam_date")),
    "guru_gobind_singh": Observance(hindu("guru_gobind_singh_jayanti_date")),
    "guru_nanak": Observance(hindu("guru_nanak_jayanti_date")),
    "guru_ravidas": Observance(hindu("guru_ravidas_jayanti_date")),
    "vasant_panchami": Observance(hindu("basant_panchami_date")),
    "shivaratri": Observance(hindu("maha_shivaratri_date")),
    "dayanand_saraswati": Observance(hindu("swami_dayanand_saraswati_jayanti_date")),
    "holika_dahan": Observance(hindu("holi_date", -1)),
    "holi": Observance(hindu("holi_date")),
    "hola_mohalla": Observance(hindu("hola_mohalla_date")),
    "ugadi": Observance(hindu("gudi_padwa_date")),
    "ram_navami": Observance(hindu("ram_navami_date")),
    "mahavir_jayanti": Observance(hindu("mahavir_jayanti_date")),
    "hanuman_jayanti": Observance(hindu("hanuman_jayanti_date")),
    "vaisakhi": Observance(hindu("vaisakhi_date")),
    "vishu": Observance(hindu("vishu_date")),
    "tagore": Observance(fixed(5, 9)),
    "buddha_purnima": Observance(buddhist("vesak_date")),
    "rath_yatra": Observance(hindu("rath_yatra_date")),
    "guru_purnima": Observance(hindu("guru_purnima_date")),
    "raksha_bandhan": Observance(hindu("raksha_bandhan_date")),
    "janmashtami": Observance(hindu("janmashtami_date")),
    "ganesh_chaturthi": Observance(hindu("ganesh_chaturthi_date")),
    "onam": Observance(hindu("onam_date")),
    "navaratri": Observance(hindu("sharad_navratri_date"), days=9),
    "maha_saptami": Observance(hindu("maha_ashtami_date", -1)),
    "maha_ashtami": Observance(hindu("maha_ashtami_date")),
    "maha_navami": Observance(hindu("maha_navami_date")),
    "dussehra": Observance(hindu("dussehra_date")),
    "valmiki_jayanti": Observance(hindu("maharshi_valmiki_jayanti_date")),
    "karva_chauth": Observance(hindu("karwa_chauth_date")),
    "dhanteras": Observance(hindu("diwali_india_date", -2)),
    "naraka_chaturdashi": Observance(hindu("diwali_india_date", -1)),
    "diwali": Observance(hindu("diwali_india_date")),
    "govardhan_puja": Observance(hindu("govardhan_puja_date")),
    "bhai_dooj": Observance(hindu("diwali_india_date", 2)),
    "chhath": Observance(hindu("chhath_puja_date")),
}

OBSERVANCES: dict[str, Observance] = CIVIL | CHRISTIAN | JEWISH | ISLAMIC | ASIAN
