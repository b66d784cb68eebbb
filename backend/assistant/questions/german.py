"""German questions."""

from backend.assistant.questions.words import QuestionWords, any_of, listed, phrases

GERMAN = QuestionWords(
    code="de",
    telling=phrases(
        """der die das den dem ein eine einen einem einer ist sind wird werden wie wo wann wer was warum welche welcher
        welches und oder bei für mit von vom zum zur im am nach über muss müssen darf dürfen kann können soll sollen
        gibt nicht auch auf aus wir ich mein meine unser unsere wem wen wieso weshalb wurde hat haben steht lange viel
        viele oft hoch bekommt gilt gelten bitte"""
    ),
    openers=listed(
        """und was ist mit, was ist mit, wie ist es mit, und wie ist es mit, wie sieht es mit, und wie sieht es bei,
        wie sieht es bei,
        und bei, und für, und im, und in, und am, und an, und mit, und auf, und nach, und vor, und ohne, und während,
        und wenn, oder bei, oder für, und die, und der, und das, und ein, und eine, und mein, aber bei, auch bei,
        auch für, und beim, und zu, und zur, und zum, und ab, und unter, und über, und von, und vom, und aus, gilt das
        auch für"""
    ),
    bare_openers=listed("und, oder, aber, also, dann, ok, okay"),
    it=phrases("es ihm dessen er ihn"),
    they=phrases("sie ihnen denen deren"),
    person=phrases("er ihn ihm sie ihr"),
    possessive=phrases("sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer deren dessen"),
    pointing=phrases("dies diese dieser dieses diesem diesen jene jener jenes solche"),
    generic=phrases(
        """mittel medikament medikamente medikaments arznei tablette tabletten patient patienten patientin fall fälle
        datei dateien brief briefe dokument dokumente liste regel regeln wert werte gruppe ergebnis krankheit
        erkrankung test impfung impfstoff verfahren gerät geräte protokoll termin ort raum sitzung vertrag angebot firma
        arzt ärztin nummer dosis behandlung formular person leute sache"""
    ),
    back=any_of(
        r"(?:davon|dafür|dabei|damit|dazu|daran|darin|danach|davor|dagegen|darüber|dahin|dorthin|dort|deswegen|"
        r"daraus|darauf)",
        r"(?:der|die|das) (?:andere|anderen|andre|zweite|dritte|letzte|übrigen|restlichen)$",
        r"(?:am|im) (?:tag|monat|jahr|folgenden tag) (?:danach|davor|darauf)",
        r"(?:sonst|stattdessen|andernfalls|ansonsten|wer sonst|was noch|wer noch|sonst noch)",
        r"in (?:diesem|dem) fall",
        r"(?:das|dies)$",
        r"^(?:ist|war|gilt|geht|muss|darf|kann) (?:das|dies)",
        r"^(?:warum|wieso|weshalb|wann|wo|wer|wie|wie viel|wie viele|wie oft|wie lange|seit wann|bis wann|"
        r"warum nicht|ab wann|von wem|"
        r"bei wem|womit|wofür|wozu|wohin|welche|welcher)$",
    ),
    expletive=any_of(
        r"gibt es",
        r"gibt's",
        r"(?:ist|war|wäre) es (?:\w+ )?(?:erlaubt|möglich|wahr|nötig|richtig|verboten|sicher|normal|wichtig|"
        r"sinnvoll|gefährlich)",
        r"wie spät ist es",
        r"geht es um",
        r"handelt es sich",
        r"kostet es,? (?:die|den|einen?|uns|mich)",
        r"dauert es,? (?:bis|einen?|eine|das|die|den)",
    ),
    verbs=phrases(
        """ist sind war waren sein bin wird werden wurde worden hat habe haben hatte kann können konnte darf dürfen muss
        müssen soll sollen sollte will wollen gibt geht kommt gilt gelten bekommt bekommen braucht brauchen kostet
        kosten dauert
        steht stehen macht machen nimmt nehmen findet finden heißt bedeutet beginnt beginnen endet sagt sagen zeig
        nenne liste besteht bestehen umfasst vielen trägt öffnet schließt vertritt meldet melde"""
    ),
    prepositions=phrases(
        """bei beim für im in am an mit ohne während unter über von vom zu zum zur nach vor bis seit gegen auf aus ab
        zwischen durch um"""
    ),
    asking=phrases(
        """wer wen wem wessen was wann wo warum wieso weshalb wie welche welcher welches welchen wohin woher womit"""
    ),
    aspects=phrases(
        """dosis dosierung preis preise kosten gebühr telefon telefonnummer nummer adresse datum termin uhrzeit frist
        name namen nebenwirkungen wirkung grund gründe ergebnis ergebnisse grenze höchstdosis dauer menge farbe größe
        abstand häufigkeit ziel zielwert diagnose behandlung allergien allergie durchwahl version stand einzelheiten
        unterschrift regeln ausnahmen folgen risiken risiko"""
    ),
    contrasts=(
        phrases(
            """erwachsene erwachsenen erwachsener kind kinder kindern kindes baby babys säugling säuglinge säuglingen
            kleinkinder jugendliche
            jugendlichen ältere älteren senioren schwangere schwangeren schwangerschaft männer männern frauen mann frau
            patienten patient mitarbeiter mitarbeitern auszubildende auszubildenden ärzte ärzten besucher besuchern"""
        ),
        phrases(
            """montag montags dienstag dienstags mittwoch mittwochs donnerstag donnerstags freitag freitags samstag
            samstags sonntag sonntags wochenende werktag werktags"""
        ),
        phrases(
            "januar februar märz april mai juni juli august september oktober november dezember frühling frühjahr"
            " sommer herbst winter weihnachten ostern"
        ),
        phrases("auto fahrrad rad bahn zug bus taxi fuß motorrad flugzeug"),
        phrases("arm armen bein beinen gesicht kopf rücken brust hand händen fuß füßen knie hals rumpf"),
        phrases("morgens mittags nachmittags abends nachts morgen abend nacht mittag nachmittag vormittag"),
        phrases("links rechts oben unten"),
        phrases("heute gestern"),
    ),
    people=phrases(
        """patient patientin arzt ärztin schwester frau mann mutter vater kind mitarbeiter mitarbeiterin kollege
        kollegin
        person jemand niemand wer auszubildende auszubildender chef chefin patienten ärzte kinder mitarbeitende"""
    ),
    titles=phrases("herr herrn frau dr prof doktor professor"),
    determiners=phrases(
        """der die das den dem des ein eine einen einem einer eines mein meine meinen unser unsere unseren jede jeder
        jedes welche welcher welches dieser diese dieses kein keine ihr ihre"""
    ),
    papers=phrases(
        """brief briefe briefen schreiben notiz notizen mail mails e-mail e-mails nachricht nachrichten dokument
        dokumente datei dateien protokoll protokolle bericht berichte rechnung rechnungen vertrag verträge präsentation
        folien tabelle liste merkblatt merkblätter zusammenfassung handbuch überweisung befund befunde arztbrief
        arztbriefe entlassungsbrief entlassungsbriefe entlassbrief hygieneplan dienstplan angebot formular rezept
        unterlagen anleitung richtlinie"""
    ),
    dated=phrases("vom von aus zwischen nach vor seit bis im am während geschrieben erhalten gesendet"),
    since=phrases("vom von aus zwischen nach vor seit bis"),
    inside=listed("in, im, in der, in dem, laut, gemäß, aus, aus dem, aus der, nach, vom, von"),
    written=phrases(
        """geschrieben schrieb erhalten bekommen gesendet geschickt gespeichert geändert bearbeitet hochgeladen erstellt
        gescannt hinzugefügt"""
    ),
    says=phrases("sagt sagen steht stehen erwähnt erwähnen nennt nennen enthält enthalten schreibt"),
    folder=phrases("ordner ordners verzeichnis"),
    file=phrases("datei dokument"),
    broad=any_of(
        r"alle|aller|allen|jede|jeder|jedes|liste|übersicht|vergleiche|vergleich|unterschiede?|unterscheiden|"
        r"arten von|formen"
        r"|beide|welche (?:\w+ ){1,3}gibt es|versus|vs|oder|zusammenfassung|fasse|insgesamt|wie viele|welche von|"
        r"allgemein"
    ),
    ordinals={
        "erste": 1, "ersten": 1, "erstes": 1, "zweite": 2, "zweiten": 2, "zweites": 2, "dritte": 3, "dritten": 3,
        "vierte": 4, "vierten": 4, "fünfte": 5, "fünften": 5, "sechste": 6, "letzte": -1, "letzten": -1, "eins": 1,
        "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6,
    },
    every=phrases("alle alles beide beides egal jede keine keines keins"),
    ask_back="Was meinen Sie?",
    or_word="oder",
    fillers=phrases("der die das den dem bitte ich meine meinte option nummer es ist mit für bei von"),
)  # fmt: skip
