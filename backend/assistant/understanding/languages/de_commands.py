"""German commands: the words of each class."""

from backend.assistant.understanding.language import CommandWords, Cue
from backend.assistant.understanding.languages.de_dates import DATES


def _list(text: str) -> tuple[str, ...]:
    """Phrases between commas."""
    return tuple(dict.fromkeys(phrase.strip() for phrase in text.replace("\n", " ").split(",") if phrase.strip()))


CUES: dict[Cue, tuple[str, ...]] = {
    Cue.CALENDAR: _list("kalender, kalenders, terminkalender, terminplan, agenda, kalendern"),
    Cue.EVENT: _list(
        """termin, termine, terminen, meeting, meetings, besprechung, besprechungen, sitzung, sitzungen,
        treffen, konferenz, interview, vorstellungsgespräch, veranstaltung, veranstaltungen, seminar,
        workshop, webinar, sprechstunde, arzttermin, zahnarzttermin, verabredung, teambesprechung,
        telefonkonferenz, untersuchung, operation, visite, dienstbesprechung, jour fixe"""
    ),
    Cue.EVENTS: _list("termine, meetings, besprechungen, sitzungen, veranstaltungen"),
    Cue.OCCASION: _list(
        """feier, party, geburtstag, hochzeit, konzert, abendessen, mittagessen, essen, frühstück, kaffee mit,
        training, prüfung, klausur, vorlesung, kurs, reise, urlaub, besuch, fest, telefonat, anruf mit,
        gespräch, gespräch mit, zahnarzt, arzt, friseur, jubiläum, vortrag, schicht, ausflug, yoga"""
    ),
    Cue.MAIL: _list(
        """mail, mails, email, emails, e - mail, e - mails, posteingang, postfach, inbox, nachricht von,
        nachrichten von, ungelesene nachrichten"""
    ),
    Cue.MESSAGE: _list("nachricht, nachrichten, unterhaltung, thread, newsletter"),
    Cue.ATTACHMENT: _list("anhang, anhänge, anhängen, anlage, anlagen"),
    Cue.CONTACTS: _list(
        """kontakt, kontakte, kontakten, adressbuch, telefonbuch, kontaktliste, kontaktdaten, als kontakt"""
    ),
    Cue.FIELD: _list(
        """telefonnummer, handynummer, nummer, e - mail - adresse, mailadresse, emailadresse, adresse,
        anschrift, geburtstag, postleitzahl, durchwahl"""
    ),
    Cue.REMINDER: _list("erinnerung, erinnerungen, benachrichtigung"),
    Cue.REMIND: _list(
        """erinnere mich, erinner mich, erinnere uns, lass mich nicht vergessen, mich erinnern, mich daran
        erinnern, denk daran, sag mir bescheid"""
    ),
    Cue.TASK: _list(
        """aufgabe, aufgaben, aufgabenliste, to - do - liste, todo - liste, todoliste, todo, todos, to - do,
        einkaufsliste, einkaufszettel"""
    ),
    Cue.LIST: _list("playlist, liste, listen"),
    Cue.INVITATION: _list("einladung, einladungen, terminanfrage, besprechungsanfrage"),
    Cue.BRIEFING: _list(
        """sieht mein tag aus, sieht meine woche aus, mein tag aus, überblick über den tag, überblick über
        meinen tag, tagesüberblick, briefing, sieht der tag aus"""
    ),
    Cue.FREE: _list("frei, verfügbar, beschäftigt, zeit, verplant"),
    Cue.SLOT: _list(
        """einen termin für, eine lücke, ein zeitfenster, gemeinsame zeit, gemeinsamen termin, uns treffen,
        zeit für ein treffen, freie stunde, wir uns"""
    ),
    Cue.PLANS: _list(
        """steht an, steht, steht @ an, habe ich, hab ich, geplant, vor, liegt an, anstehend, ist los, muss
        ich, haben wir, etwas vor"""
    ),
    Cue.FOREIGN: _list(
        """wecker, timer, eieruhr, stoppuhr, licht, lampe, lampen, heizung, staubsauger, musik, lied, lieder,
        song, songs, radio, podcast, hörbuch, album, lautstärke, wetter, regen, temperatur, nachrichtenlage,
        schlagzeilen, witz, taxi, zug, züge, bahn, bus, fahrkarte, ticket, stau, verkehr, rezept, pizza,
        restaurant, tisch, hotel, flug, flüge, mietwagen, facebook, twitter, tweet, instagram, whatsapp,
        sms, aktie, aktien, wechselkurs, konto, überweisung, überweise, geld, kreditkarte,
        versicherung, passwort, film, fernseher, kino, spiele, spiel, kaffeemaschine, tür"""
    ),
    Cue.ASK: _list(
        """was, wann, wo, wer, wen, wem, wie, wieviel, wieviele, welche, welcher, welches, welchen, ist, sind,
        bin, hat, habe, hab, haben, gibt es, gibt, kommt, steht, warum, wozu, wohin, um wie viel uhr, wie
        viele"""
    ),
    Cue.SHOW: _list(
        """zeig, zeige, zeig mir, zeige mir, nenne, nenn, sag, sage, sag mir, sage mir, prüfe, prüf, check,
        checke, überprüfe, schau, gib mir, liste, erzähl"""
    ),
    Cue.FIND: _list("finde, suche, such, find, suche nach, such nach, schlag, schlage"),
    Cue.READ: _list("lies, lese, öffne, lies vor, öffnen, vorlesen"),
    Cue.CREATE: _list(
        """erstelle, erstell, füge, füg, trage, trag, setze, setz, plane, plan, lege, leg, mach, mache,
        vereinbare, buche, neuer, neue, neuen, neues, notiere, notier, speichere, speicher, reserviere,
        blockiere, blocke, schreib, schreibe, eintragen, anlegen, hinzufügen, vereinbaren, erstellen,
        planen, nimm, stell, stelle"""
    ),
    Cue.REMOVE: _list(
        """lösche, lösch, entferne, entfern, streiche, streich, sage ab, sag ab, storniere, stornier, leere,
        löschen, absagen, entfernen, streichen, absage, ab"""
    ),
    Cue.MOVE: _list("""verschiebe, verschieb, verlege, verleg, verschieben, verlegen, vorverlegen, schiebe, schieb"""),
    Cue.CHANGE: _list("""ändere, änder, ändern, bearbeite, aktualisiere, benenne, verlängere, verkürze, verlänger"""),
    Cue.LENGTHEN: _list("verlängere, verkürze, ort, raum, titel, name, beschreibung, verlänger"),
    Cue.INVITE: _list("lade, einladen, lad"),
    Cue.ACCEPT: _list("nimm an, akzeptiere, sag zu, sage zu, zusagen, annehmen, bestätige"),
    Cue.DECLINE: _list("lehne ab, lehn ab, ablehnen, lehne, lehn"),
    Cue.MAYBE: _list("vorläufig zusagen, mit vorbehalt, vielleicht zusagen"),
    Cue.SEND: _list(
        """schick, schicke, sende, send, schreib, schreibe, verfasse, verschicke, senden, schicken, schreiben,
        maile"""
    ),
    Cue.MAIL_VERB: _list("maile, mail an, email an, maile an"),
    Cue.DRAFT: _list("entwurf, entwirf, entwerfe"),
    Cue.REPLY: _list("antworte, antwort, beantworte, antworten, beantworten"),
    Cue.RESPOND: _list("erwidere"),
    Cue.REPLY_ALL: _list("antworte allen, allen antworten, antwort an alle, antworte an alle"),
    Cue.FORWARD: _list("leite, leit, weiterleiten, leite weiter"),
    Cue.SUMMARISE: _list("fasse, fass, zusammenfassung, zusammenfassen"),
    Cue.FLAG: _list("markiere, markier, kennzeichne, markieren"),
    Cue.ARCHIVE: _list("archiviere, archivieren, lege ab"),
    Cue.SAVE: _list("""speichere, speicher, lade herunter, sichere, herunterladen, abspeichern, lege, füge, trage"""),
    Cue.COMPLETE: _list("erledigt, abgehakt, hake ab, hak ab, hake, abhaken, fertig"),
    Cue.MEET: _list("treffe, treffen, besuche, ich treffe, wir treffen"),
    Cue.HAVE: _list("ich habe, wir haben, es gibt, ich hab"),
    Cue.HOW_TO: _list(
        """wie kann ich, wie kann man, wie macht man, wie geht, warum, wie schreibt man, wie schreibe ich"""
    ),
    Cue.RECEIVED: _list("""bekommen, erhalten, gekommen, angekommen, habe ich, hab ich, geschickt, geschrieben, hat"""),
    Cue.NEW: _list(
        """neue, neuen, neuer, neues, ungelesene, ungelesenen, letzte, letzten, aktuelle, kommende, kommenden,
        nächste, nächsten, nächster"""
    ),
    Cue.SELF: _list("ich, mir, mich, wir, uns"),
    Cue.MINE: _list("""mein, meine, meinen, meinem, meiner, meines, ich, mir, mich, unser, unsere, unseren, wir"""),
    Cue.RELATION: _list(
        """mutter, mama, vater, papa, eltern, schwester, bruder, frau, mann, freundin, freund, freunden,
        freunde, sohn, tochter, oma, opa, tante, onkel, chef, chefin, kollege, kollegin, kollegen, team,
        arzt, ärztin, anwalt, nachbar, nachbarin, schwiegermutter, familie, sekretärin, kunden, kunde"""
    ),
    Cue.WITH: _list("mit, zusammen mit"),
    Cue.TO: _list("an, zu, für"),
    Cue.FROM: _list("von, vom"),
    Cue.OF: _list("von, vom, der, des, für"),
    Cue.AT: _list("in, im, bei, beim"),
    Cue.ONTO: _list("auf, in, zu, zur, auf die, auf meine"),
    Cue.ABOUT: _list("über, wegen, bezüglich, betreff, zum thema, mit dem betreff, an, daran"),
    Cue.SAYING: _list("""dass, und sag, und sage, mit dem text, mit der nachricht, und schreib, und frag, und frage,
        und sag dass, und sage dass, und sag, dass, und sage, dass"""),
    Cue.BREAK: _list(
        """an, zu, zum, zur, mit, von, vom, am, um, im, in, bei, beim, für, und, oder, dass, ob, der, die, das,
        den, dem, des, ein, eine, einen, einem, einer, mein, meine, meinen, meinem, meiner, auf, über,
        wegen, ist, sind, hat, hast, bitte, ab, hinzu, weiter, zusammen, vor, aus, nach, seit, als, es,
        dich, mich, mir, uns, ich, nicht, geschrieben, geschickt, eintragen, verschieben, absagen, löschen,
        treffen, erinnern, sagen, senden, antworten"""
    ),
    Cue.DETERMINER: _list(
        """der, die, das, den, dem, des, ein, eine, einen, einem, einer, mein, meine, meinen, meinem, meiner,
        unser, unsere, unseren, dieser, diese, dieses, diesen, alle, allen, jeden, neue, neuen, neuer,
        neues, nächste, nächsten, nächster, mir, uns, bitte, noch, hinzu, daran, dass, ich, zu, herr, herrn, frau"""
    ),
    Cue.CORRECTION: _list(
        """nein doch, nein besser, nein lieber, ach nein, nein ich meine, ich meine, ich meinte, halt nein,
        besser gesagt, korrektur, nein warte, quatsch, nein"""
    ),
    Cue.ALL: _list("alle, allen, alles, mails, emails, sämtliche"),
    Cue.NOT_NAME: _list(
        """jemand, niemand, etwas, nichts, ihm, ihr, ihnen, mail, email, termin, kalender, kontakt, kontakte,
        nachricht, alle, heute, morgen, dir, mir"""
    ),
    Cue.SCHEDULE: _list("plane, plan, reserviere, blockiere, blocke"),
    Cue.BEFORE: _list("bevor, vorher, rechtzeitig"),
    Cue.NOTIFY: _list("sag mir, benachrichtige mich, informiere mich, gib mir bescheid"),
    Cue.REPLIED: _list(
        """geantwortet, zurückgeschrieben, mir geschrieben, sich gemeldet, eine antwort von, antwort von"""
    ),
    Cue.BY_MAIL: _list("per mail, per email, per e - mail"),
    Cue.WRITE_TO: _list("schreib an, schreibe an"),
    Cue.WHEREABOUTS: _list("wo wohnt, wo arbeitet, wo lebt"),
    Cue.RESIDE: _list("wohnt, arbeitet, lebt"),
    Cue.THIS: _list("dies, das, diese, dieses, es, sie"),
    Cue.GOAL: _list("auf, in, zu, nach, an"),
    Cue.RESET: _list(
        """mach es um, mach daraus, ändere es auf, ändere die uhrzeit auf, ändere die zeit auf, setze es auf, lieber um,
        uhrzeit auf, zeit auf"""
    ),
    Cue.LONGER: _list("länger, kürzer"),
    Cue.SHIFTER: _list("zieh, ziehe, bring, bringe"),
    Cue.SHIFTED: _list("vor, früher, später, zurück, nach hinten, nach vorne, nach vorn"),
    Cue.RENAME: _list("benenne, benenn, umbenennen, nenne, nenn"),
    Cue.NAME_OF: _list("den titel, den namen, titel, namen"),
    Cue.VENUE: _list("ort, raum, den ort, den raum"),
    Cue.ROOM: _list(
        "raum, saal, büro, zimmer, konferenzraum, besprechungsraum, etage, den saal, das büro, den konferenzraum"
    ),
    Cue.INSTEAD: _list("stattdessen, lieber, statt"),
    Cue.CALL_OFF: _list("lösche, lösch, streiche, streich, sage ab, sag ab, storniere, stornier, entferne, entfern"),
    Cue.ENTER: _list(
        "trage, trag, füge, füg, plane, plan, erstelle, erstell, setze, setz, lege, leg, vereinbare, mach"
    ),
    Cue.NO_EVENT: _list(
        """datei, dateien, ordner, dokument, dokumente, pdf, tabelle, notiz, notizen, foto, fotos, abo, konto, dich,
        deinen, einstellung, einstellungen, app, fenster, seite, verlauf, daten, nummer, adresse, wort, zeile"""
    ),
    Cue.DEFINITE: _list("der, die, das, den, dem, mein, meine, meinen, unser, unsere, unseren, dies, dieses, diesen"),
    Cue.CALL_IT: _list("nenne es, nenn es, nenne das, nenn das, nenne ihn, nenn ihn, nenne sie"),
    Cue.NAMED: _list("namens, genannt, mit dem namen, mit dem titel, mit titel, unter dem titel, unter dem namen"),
    Cue.TIME_OF: _list("uhrzeit, zeit, datum, tag, beginn, anfang, ende, es, das"),
    Cue.CLAUSE: _list("daran, dass, daran dass"),
    Cue.GENERIC: _list("etwas, alles, was, sache, sachen, eintrag"),
    Cue.AND: ("und", "&", ","),
    Cue.FOLDER: _list("posteingang, inbox, spam, entwürfe, papierkorb, archiv, gesendet"),
    Cue.LINK: _list("zu, und, dann, bitte"),
    Cue.REMOVE_IT: _list(
        """lösch ihn, lösche ihn, lösch es, lösche es, sag ihn ab, sag es ab, aus meinem kalender, aus dem
        kalender"""
    ),
}

COMMANDS = CommandWords(
    code="de",
    dates=DATES,
    cues=CUES,
    courtesies=_list(
        """bitte, hallo, hey, ok, okay, also, kannst du, könntest du, kannst du bitte, könntest du bitte,
        würdest du, würdest du bitte, ich möchte, ich möchte gern, ich will, ich würde gern, ich würde
        gerne, ich muss, ich brauche, danke, bitte mal, mal, schnell, jetzt bitte, sei so gut und, hilf mir,
        lass uns"""
    ),
    heads={
        Cue.EVENT: (
            "besprechung",
            "sitzung",
            "termin",
            "termine",
            "treffen",
            "meeting",
            "konferenz",
            "seminar",
            "visite",
        ),
        Cue.OCCASION: ("feier", "essen", "party", "gespräch", "prüfung", "training", "geburtstag"),
    },
    flags={"wichtig": "important", "gelesen": "read", "ungelesen": "unread", "spam": "spam"},
)
