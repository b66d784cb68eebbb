"""English questions."""

from backend.assistant.questions.words import QuestionWords, any_of, listed, phrases

ENGLISH = QuestionWords(
    code="en",
    telling=phrases(
        """the what which who when where why how is are does did do can could should would may must of for and with
        about from has have we our my their there it to this that she he they by was were please tell show"""
    ),
    openers=listed(
        """and what about, and how about, what about, how about, and what if, what if, and for, and in, and on, and at,
        and with, and by, and during, and after, and before, and if, and is there, same for, the same for, or for, or
        in,
        or on, but for, but what about, but in, also for, and the, and a, and an, and my, or the, or a, ok and, okay
        and,
        then what about, and as, and to, and from, and without, but if, or if, and under, and over, and then"""
    ),
    bare_openers=listed("and, or, but, also, then, so, ok, okay"),
    it=phrases("it itself"),
    they=phrases("they them themselves"),
    person=phrases("he him she her himself herself"),
    possessive=phrases("its their his her hers theirs"),
    pointing=phrases("that this those these such same"),
    generic=phrases(
        """drug drugs medicine medicines medication medications tablet tablets patient patients person people one ones
        thing things case cases file files letter letters document documents list rule rules value values group result
        results disease condition test tests vaccine procedure device machine protocol appointment place room meeting
        contract offer company doctor nurse number dose treatment form"""
    ),
    back=any_of(
        r"of (?:those|them|these)",
        r"the (?:other|others|rest|first one|second one|third one|last one|former|latter|same one|next one)",
        r"the (?:day|week|month|year|evening|morning) (?:after|before)$",
        r"(?:otherwise|instead|anyone else|someone else|anything else|what else|who else|where else)",
        r"(?:as well|too|then|there)$",
        r"(?:in|if) (?:that|this|which) case",
        r"(?:before|after|since|until|from|for|about|with|of|like) (?:that|this|then)$",
        r"^(?:is|was|does|did|has|will) (?:that|this)",
        r"^(?:why|how|when|where|who|how much|how many|how often|how long|since when|until when|why not|how so|"
        r"for how long|by whom|"
        r"from when|which one|which ones|says who|how come|since how long)$",
        r"(?:do|does|did|doing) (?:that|this)",
    ),
    expletive=any_of(
        r"(?:is|was|will|would|can|could|should|may|must) it (?:be |have been )?(?:ever |still |also |really |"
        r"always |ok |okay )?(?:possible|"
        r"allowed|permitted|true|necessary|ok|okay|safe|normal|important|legal|better|best|enough|time|correct|"
        r"forbidden|"
        r"required|raining|likely|worth|dangerous|advisable|recommended to|clear|usual)",
        r"it (?:is|was) (?:possible|allowed|permitted|true|necessary|ok|okay|safe|important|said)",
        r"(?:does|did|will|would) it (?:take|cost|mean|matter|need) (?:\w+ ){0,4}?(?:to|if|when|until|that)",
        r"(?:does|did|will|would) it cost (?:the|us|me|a|our|for a|for an)",
        r"(?:does|did|will) it take (?:for|until|before)",
        r"what (?:time|day|date) is it",
        r"(?:make|makes|find|found|think|take) it",
        r"is it (?:\w+ ){1,2}(?:that|who|to)",
        r"when it (?:rains|snows|is)",
    ),
    verbs=phrases(
        """is are was were be been am do does did has have had can could may might must shall should will would get gets
        need needs mean means say says said take takes give gives work works cost costs apply applies happen happens
        ask asks asked go goes come comes open opens close closes start starts cover covers know find show tell list"""
    ),
    prepositions=phrases(
        """for in on at with without during under over by from to after before until since about against as near
        between within per"""
    ),
    asking=phrases("what which who whom whose when where why how"),
    aspects=phrases(
        """dose doses dosage price prices cost costs fee fees phone telephone number email address date dates time times
        deadline name names side effects effect reason reasons result results limit limits maximum minimum duration
        amount total colour color size interval frequency range target diagnosis treatment allergies allergy extension
        owner author version status details signature rules exceptions conclusion outcome consequences risks risk"""
    ),
    contrasts=(
        phrases(
            """adult adults child children baby babies infant infants toddler toddlers teenager teenagers elderly men
            women man woman boys girls boy girl pregnant patients patient adolescents newborn newborns seniors
            pensioners staff visitors employees trainees doctors nurses partners doctor nurse trainee receptionist"""
        ),
        phrases("monday tuesday wednesday thursday friday saturday sunday weekdays weekends weekday weekend"),
        phrases(
            "january february march april may june july august september october november december"
            " spring summer autumn winter christmas easter"
        ),
        phrases("car bicycle bike train bus taxi foot motorcycle plane"),
        phrases("arm arms leg legs face head back chest hand hands foot feet scalp knee neck trunk"),
        phrases("morning afternoon evening night day lunchtime noon"),
        phrases("left right upper lower"),
        phrases("today tomorrow yesterday"),
    ),
    people=phrases(
        """patient doctor nurse woman man mother father child employee colleague person somebody someone anyone anybody
        everyone everybody nobody physician receptionist trainee partner manager adult baby who patients doctors nurses
        employees children people staff adults women men trainees partners parents"""
    ),
    titles=phrases("mr mrs ms miss dr prof doctor professor sir"),
    determiners=phrases("the a an my our your his her its their this that these those each every any which what some"),
    papers=phrases(
        """letter letters note notes mail mails email emails e-mail e-mails message messages document documents file
        files minutes report reports protocol protocols invoice invoices contract contracts presentation slides
        spreadsheet list leaflet leaflets summary summaries handbook guide referral referrals memo memos scan scans pdf
        correspondence paperwork prescription agreement offer quote log agenda rota manual policy policies form forms
        budget lease"""
    ),
    dated=phrases("from of dated between after before since until till in on during written received sent by"),
    since=phrases("from of dated between after before since until till"),
    inside=listed("in, inside, according to, from, per, of, as per, out of, within"),
    written=phrases(
        """write written wrote received receive sent send saved save changed change edited edit uploaded upload created
        create scanned scan added modified"""
    ),
    says=phrases("say says said mention mentions mentioned state states list lists contain contains tell tells read"),
    folder=phrases("folder folders directory"),
    file=phrases("file document"),
    broad=any_of(
        r"all|every|each|list|overview|compare|comparison|differences?|differ|types? of|kinds? of|forms? of|both|any"
        r"|which (?:\w+ ){1,3}(?:are there|do we have|exist|have we)|versus|vs|or|summari[sz]e|altogether|in total"
        r"|how many|which of|generally|in general|everything"
    ),
    ordinals={
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "last": -1,
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6,
        "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6,
    },
    every=phrases("all both any every everything either neither none whichever"),
    ask_back="Which do you mean?",
    or_word="or",
    fillers=phrases("the a an one please i mean meant option number it is it's that's that of for with my"),
)  # fmt: skip
