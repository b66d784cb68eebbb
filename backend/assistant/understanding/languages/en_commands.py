"""English commands: the words of each class."""

from backend.assistant.understanding.language import CommandWords, Cue
from backend.assistant.understanding.languages.en_dates import DATES


def _list(text: str) -> tuple[str, ...]:
    """Phrases between commas, each with and without a plural s where a `~` stands."""
    phrases: list[str] = []
    for phrase in (part.strip() for part in text.replace("\n", " ").split(",")):
        if phrase.endswith("~"):
            phrases += [phrase[:-1], phrase[:-1] + "s", phrase[:-1] + "'s"]
        elif phrase:
            phrases.append(phrase)
    return tuple(dict.fromkeys(phrases))


CUES: dict[Cue, tuple[str, ...]] = {
    Cue.CALENDAR: _list("calendar~, schedule~, agenda~, diary, diaries, planner~, itinerary"),
    Cue.EVENT: _list(
        """meeting~, appointment~, appt~, event~, interview~, conference~, standup~, stand - up, stand up, seminar~,
        workshop~, webinar~, consultation~, checkup~, check - up, one on one, catch up, kickoff, kick off,
        get together, conference call~, board meeting~, doctor's appointment, doctors appointment, dentist
        appointment, surgery, follow up, deadline~, commitment~, engagement~, obligation~, get - together"""
    ),
    Cue.OCCASION: _list(
        """party, parties, birthday~, wedding~, concert~, dinner~, lunch, lunches, breakfast~, brunch, a date, date
        with, date night, dates with, practice, game~, match, matches, exam~, test~, lecture~, class,
        classes, course~, lesson~, trip~, vacation~, holiday~, visit~, reunion~, ceremony, ceremonies,
        festival~, show~, tournament~, rehearsal~, recital~, review~, date @, a call, the call, my call,
        our call, call with, next call, team call, calls, session~, anniversary, anniversaries,
        graduation~, funeral~, barbecue~, bbq, picnic~, gathering~, celebration~, presentation~,
        performance~, program~, movie~, a flight to take, my flight, our flight, shift~, training,
        therapist, therapy, dentist~, doctor~, haircut~, coffee with, drinks with, my @, pickup, trash
        pickup, church, gym, yoga, service, @ call, this call, that call, the party, baby shower,
        appointment with, piano lesson~, book club, school play, volleyball, soccer practice"""
    ),
    Cue.MAIL: _list(
        """email~, e - mail, e - mails, e mail, e mails, mail~, gmail, inbox, inboxes, mailbox, emailed, mailed,
        outlook"""
    ),
    Cue.MESSAGE: _list("message~, thread~, conversation~, newsletter~"),
    Cue.ATTACHMENT: _list("attachment~, attached file~, attached document~"),
    Cue.CONTACTS: _list(
        """contacts, contact list, contacts list, address book, addressbook, phone book, phonebook, my contact, a
        contact, new contact, the contact, this contact, contact details, contact info, contact
        information, contact number, contact card, contact mail, contact named, contact called, phone
        number of, email address of, email address for, another contact, phone numbers, contacts named,
        contacts called, my contacts list, from contacts, contact for, contact of, contacts from, contact
        entry, saved contacts, address book entry"""
    ),
    Cue.FIELD: _list(
        """the email of, email address, email addresses, e - mail address, mail id, email id, phone number~,
        telephone number~, mobile number~, cell number~, cell phone number, number, address, home address,
        work address, birthday, contact, contact details, area code, zip code, nickname, last name,
        surname, job title, fax number, email for, office number, house number, postal code, postcode,
        maiden name, street address, mail address, middle name, first name, full name"""
    ),
    Cue.REMINDER: _list(
        """reminder~, remainder~, notification~, alerts, an alert, this alert, that alert, all alert, the alert, a
        notice, a heads up, another alert"""
    ),
    Cue.REMIND: _list(
        """ask me to, remind me, remind us, remember me to, reminded, don't let me forget, do not let me forget,
        don't forget to, make sure i remember, make sure i don't forget, help me remember, remind, tell me
        to, alert me about, alert me when, notify me about, notify me when, notify me of, alert me of,
        remember to, let me not forget, reminding me, i don't miss, i am on time, i get to the, i get to
        my, i make it to, i'm reminded, i am reminded, i do not miss, i don't forget, i won't forget,
        never let me forget, jog my memory, keep reminding, keep me reminded"""
    ),
    Cue.TASK: _list(
        """to do list~, todo list~, to - do list, to - do lists, task list~, tasks list, task~, todo~, to - do, to
        dos, my to do, list of things to do, things to do, chore~, list of tasks"""
    ),
    Cue.LIST: _list("""shopping list~, grocery list~, list, lists, wish list, wishlist, playlist~, groceries"""),
    Cue.INVITATION: _list("invitation~, invite for, invite to, invite from, meeting request~, invites"),
    Cue.BRIEFING: _list(
        """my day look, my day like, day look like, my week look, week look like, day looking, week looking, brief
        me, briefing, rundown of my, overview of my day, overview of my week, summary of my day, summary
        of my week, summarize my day, summarise my day, summarize my week, how's my day, how is my day, my
        morning look, my afternoon look, start my day, my plan for the day, catch me up, about my day,
        about my week, what's my day, summary of today"""
    ),
    Cue.FREE: _list(
        """have time, free, busy, available, unavailable, open, clear, booked, tied up, free time, availability,
        occupied"""
    ),
    Cue.SLOT: _list(
        """a time, time slot~, slot~, a gap, an opening, a window, some time for, time for, an hour for, an hour
        with, half an hour for, half an hour with, common time, good time to, we all meet, we meet, time
        to meet, time that works, i meet"""
    ),
    Cue.PLANS: _list(
        """happens, plan~, going on, scheduled, planned, booked, coming up, on for, do i have, have i got, i have,
        happening, i doing, am i supposed to, i need to be, i have to be, we have, anything, on the books,
        lined up, up for, up @, on my plate, on @, to do, still on, doing, should i do, supposed to be,
        need to be, have to be, am i seeing, am i meeting, am i visiting, are we seeing, are we meeting,
        are we visiting, do i meet, do i see, will i see, will i meet, do i need to go, do i have to go,
        do i go, i planned, have planned, upcoming plans, any plans, planning, on tap, in store, am i
        going"""
    ),
    Cue.FOREIGN: _list(
        """flights, flight from, round trip, one way, a room at, picture of, alarm~, alarm clock, timer~, stopwatch,
        wake me, wake up call, light~, lamp~, thermostat, vacuum, roomba, robot, coffee machine, coffee
        maker, plug, socket, song~, music, radio, podcast~, episode~, audiobook~, audio book~, volume,
        track~, album~, lyrics, video~, youtube, netflix, weather, forecast, temperature, rain, snow,
        news, headline~, joke~, taxi, taxis, cab, uber, lyft, train~, bus, ticket~, traffic, directions,
        recipe~, pizza, takeaway, takeout, food, restaurant~, burger, tweet~, twitter, facebook,
        instagram, whatsapp, snapchat, stock~, currency, exchange rate~, dollar~, bucks, euro~, shopping
        list~, grocery list~, groceries, text, texts, sms, a ride, ride to, trip to, garage, brakes, a
        coffee, my coffee, some coffee, the coffee, @ coffee, suite~, a table, table for, reservation~,
        under the name, party of, hotel~, hostel, car, rental, tire~, tyre~, oil, bank, bank account, my
        account, accounts, account balance, savings, checking account, credit, debit, loan, insurance,
        pin, visa, deposit, payment~, bill~, money, fraud, transaction~, language, accent, pto, w2,
        password~, rewards, luggage, passport~, coin, dice, synonym, definition, translate, door~,
        television, tv, speaker~, playing, near me, nearby, in my area, around here, around me, in town,
        recommend, recommended, in the world, score~, sports, in history, historical, in spanish, in
        french, in german, in italian, credit card, card, maintenance, gas, mpg, vaccines, vaccine, shots,
        to eat, to cook, cook, bake, movie times, showing, theater~, theatre~, cinema~, play a, play the,
        play some, play my, tracking, package, order, orders, delivery, taxes, tax, apr, paycheck, payday,
        income, salary, 401k, rollover, share my location, my location, current location, my whereabouts,
        phone call, font, screen, wifi, bluetooth, brightness, spell, meaning of, pictures, photos, album,
        status, post, rated, best, book a flight, book me a flight, find a flight, cheap flights, plane
        ticket, boarding, check my balance, credit score, limit, interest, mortgage, routing, apartment,
        jacket, umbrella, humid, degrees, sunny, calories, ingredients, oven, dishwasher, washing machine,
        washer, dryer, fridge, heating, heater, air conditioning, curtains, blinds, garage door, game of,
        chess, riddle, quiz, trivia, dj, band, singer, artist, genre, tune, track, station, channel,
        tweet, hashtag, followers, timeline, friend request, newsfeed, reviews"""
    ),
    Cue.ASK: _list(
        """have there, has there, whose, what, what's, whats, which, when, when's, where, where's, who, who's, whom,
        how, how's, is, are, am, do, does, did, was, were, has, have i, have we, have any, any, anything,
        will, why, what're, isn't, aren't, don't i, didn't, could there be, should i, must i, shall i,
        with whom, at what, in which, on which, isn't it, did i, doesn't, haven't, hasn't, wasn't, do you"""
    ),
    Cue.SHOW: _list(
        """remind me what, remind me when, remind me where, remind me who, show, list, list out, display, tell, give,
        say, check, look at, view, see, report, describe, let me know, inform, update me, pull up, bring
        up, go through, get me, fetch, more, details, information, know, let me see, let me hear, what
        about, need to know, want to know, like to know, refresh, monitor, find out, review my, state,
        announce, mention, recite, recall"""
    ),
    Cue.FIND: _list(
        """find, search, search for, look for, look up, locate, look through, dig up, suggest, propose, hunt for,
        recommend"""
    ),
    Cue.READ: _list("""read, read out, open, open up, play back, go to inbox, go to my inbox, go to the inbox"""),
    Cue.CREATE: _list(
        """add, create, set, set up, setup, schedule, book, put, make, plan, arrange, enter, insert, note, note down,
        block, block off, block out, organize, organise, register, include, input, log, pencil in, place,
        record, mark, write down, jot down, hook up, start, have me, fix up, sign me up, throw, host,
        hold, fill in, keep, save, store, new, reserve, post, flag, want a, need a, need an, remember,
        mark down, repeat, have it repeat, another, begin, highlight"""
    ),
    Cue.REMOVE: _list(
        """unset, don't remind, do not remind, no longer remind, remove, delete, cancel, clear, erase, scrap, drop,
        get rid of, take off, take, wipe, wipe out, empty, call off, eliminate, discard, scratch, dismiss,
        unschedule, cross out, cross off, undo, clean, clean up, trash, bin, make blank, cleared,
        uninvite, completely clear, turn off, canceled, cancelled, not go to, not going to, free up,
        forget about, no longer attending, not attending, stop reminding, no longer need, don't need, do
        not need, quit reminding, stop notifying, quit notifying, stop alerting, don't notify, do not
        notify, never remind, don't keep, do not keep, no need for, do not want, don't want, stop, can't
        make, cannot make, won't make, can't attend, cannot attend, will miss, quit, throw out, throw
        away, axe, strike, ditch, nix, lose"""
    ),
    Cue.MOVE: _list(
        """move, reschedule, postpone, push, push back, shift, bring forward, delay, put off, rebook, swap, move up,
        move back, rescheduled, moved, postponed, push out"""
    ),
    Cue.CHANGE: _list(
        """change, edit, update, modify, adjust, alter, rename, retitle, extend, shorten, amend, correct, lengthen,
        relocate, prolong"""
    ),
    Cue.LENGTHEN: _list(
        """extend, shorten, rename, lengthen, prolong, location, place, title, name, description, notes, room,
        length, duration"""
    ),
    Cue.INVITE: _list("invite, uninvite, disinvite, add guest, add attendee"),
    Cue.ACCEPT: _list("accept, say yes to, rsvp, rsvp yes, confirm, agree to, rsvp yes to"),
    Cue.DECLINE: _list("decline, reject, say no to, turn down, refuse, rsvp no, rsvp no to"),
    Cue.MAYBE: _list("tentatively accept, tentative, tentatively, say maybe to, maybe to, rsvp maybe"),
    Cue.SEND: _list(
        """send, send off, send out, write, compose, shoot, fire off, dictate, publish, deliver, submit, type, type
        up, drop a, new email to, new mail to, start an email, start a new email, send back, reach out,
        drop, pen"""
    ),
    Cue.MAIL_VERB: _list("email, mail, e - mail, e mail, mailing, emailing"),
    Cue.DRAFT: _list(
        """draft, write a draft, compose a draft, prepare a draft, start a draft, create a draft, make a draft, save
        a draft"""
    ),
    Cue.REPLY: _list("reply, reply to, reply back, write back, email back, mail back, reply with"),
    Cue.RESPOND: _list("respond, respond to, answer, response, a response"),
    Cue.REPLY_ALL: _list(
        """reply all, reply to all, reply to everyone, reply to everybody, respond to all, respond to everyone,
        answer all"""
    ),
    Cue.FORWARD: _list("forward, fwd, send on, pass on, forward on"),
    Cue.SUMMARISE: _list(
        """summarise, summarize, sum up, summary, give me the gist, give me a summary, the gist of, tldr, recap"""
    ),
    Cue.FLAG: _list("""mark, flag, star, unflag, unstar, mark as, highlight"""),
    Cue.ARCHIVE: _list("archive, file, file away"),
    Cue.SAVE: _list("save, download, store, keep, copy, extract, put"),
    Cue.COMPLETE: _list(
        """check off, tick off, cross off my, mark as done, as done, as complete, as completed, as finished, is done,
        i finished, i've finished, i completed, i've completed, i have completed, i have finished,
        complete the task, finish the task, done with"""
    ),
    Cue.MEET: _list(
        """meet, meet with, meet up with, attend, visit, see, seeing, meeting with, be seeing, be meeting, having,
        going to, be attending, go to, go see, heading to, visiting, attending, meeting up with, having
        lunch with, having dinner with, having coffee with, catching up with, get together with"""
    ),
    Cue.HAVE: _list(
        """i have, i've got, i got, we have, i'll have, i will have, there is, there's, there will be, i'll be, i am
        having, i'm having, i've, do i have, we are having, we're having, we will have"""
    ),
    Cue.HOW_TO: _list(
        """how do i, how do you, how can i, how would i, how should i, how to, how does one, what is the process,
        what's the process, what are the steps, what is the procedure, what's the procedure, what is the
        method, what's the method, teach me, explain how, why"""
    ),
    Cue.RECEIVED: _list(
        """did, i got, i received, received, get any, got any, receive, sent me, send me, has, have i, do i have,
        emailed me"""
    ),
    Cue.NEW: _list(
        """new, recent, unread, latest, newest, upcoming, up coming, pending, next, recently, incoming, last"""
    ),
    Cue.SELF: _list("i, me, we, us, myself"),
    Cue.MINE: _list("my, our, i, me, mine, we"),
    Cue.RELATION: _list(
        """mom, mum, mother, mommy, dad, father, daddy, parents, sister, brother, wife, husband, partner, girlfriend,
        boyfriend, son, daughter, kid, kids, child, children, grandma, grandmother, grandpa, grandfather,
        aunt, uncle, cousin, niece, nephew, friend, friends, best friend, roommate, neighbor, neighbour,
        boss, manager, supervisor, coworker, coworkers, co worker, co workers, co - worker, co - workers,
        colleague, colleagues, assistant, secretary, team, client, clients, customer, doctor, dentist,
        lawyer, accountant, therapist, teacher, professor, landlord, fiance, fiancee, mother in law,
        father in law, brother in law, sister in law, family, employees, staff, boss's, everyone"""
    ),
    Cue.WITH: _list("with, along with, together with, and invite, inviting, invite"),
    Cue.TO: _list("to, addressed to"),
    Cue.FROM: _list("from, by, sent by, written by"),
    Cue.OF: _list("whose, of, for, does, from"),
    Cue.AT: _list("at, in"),
    Cue.ABOUT: _list(
        """about, regarding, concerning, on the subject of, with the subject, with subject, re, subject, mentioning,
        containing, that mention"""
    ),
    Cue.SAYING: _list(
        """saying, saying that, that says, say, that, telling him, telling her, telling them, tell him, tell her,
        tell them, to say, asking, asking him, asking her, asking them, ask, ask him, ask her, ask them,
        and say, and tell him, and tell her, and tell them, with the message, with message, with the text,
        letting him know, letting her know, letting them know, and mention, to tell him, to tell her, to
        tell them, telling him that, telling her that, telling them that, tell him that, tell her that,
        and tell him that, and ask, to let him know, to let her know, to let them know, with the words"""
    ),
    Cue.BREAK: _list(
        """to, about, that, saying, on, at, in, for, with, please, and, of, via, by, as, if, from, is, are, was,
        were, has, have, tell, ask, into, regarding, when, where, who, will, whether, because, so, or,
        the, a, an, it, this, his, her, their, our, my, i, i'm, scheduled, start, starts, beginning,
        going, to be, be, am, do, does, did, not, but, which, what, there, up, me, us, today's, every,
        each, can, could, back, forward, earlier, later, instead, longer, shorter, ahead"""
    ),
    Cue.DETERMINER: _list(
        """my, the, a, an, our, this, that, all, any, all my, all of my, all the, every, each, some, his, her, their,
        your, me, us, up, new, event, upcoming, next, following, another, down, in, out, of, about, for,
        named, called, titled, that i, there is, is, to, on"""
    ),
    Cue.CORRECTION: _list(
        """no make that, no make it, no wait, no sorry, sorry i mean, sorry i meant, i mean, i meant, actually make
        that, actually make it, actually no, no actually, make that, make it, or rather, scratch that,
        correction, wait no, no i mean, no i meant, rather"""
    ),
    Cue.SCHEDULE: _list(
        """schedule, plan, arrange, pencil in, book, block, block off, block out, reserve, hold, keep, note that,
        mark, throw, host, organize, organise, set up, pencil"""
    ),
    Cue.REMOVE_IT: _list(
        """cancel it, remove it, delete it, cancel that, remove that, delete that, drop it, take it off, scratch it,
        cancel them, delete them, remove them, off my calendar, off of my calendar, off the calendar, off
        my schedule, off of my schedule, clear it, please cancel, please delete, please remove, please
        erase, so cancel, so delete, and cancel, and delete it, out of my calendar, out of the calendar,
        out of my schedule, off the agenda, off of the agenda, off my agenda, off our calendar, off of our
        calendar, off the schedule, erase it, scrap it, erase that"""
    ),
    Cue.THIS: _list("this, it, that, these, those, them"),
    Cue.LISTING: _list("list of, lists of, list out"),
    Cue.NOTIFY: _list(
        """let me know, inform me, notify me, alert me, ping me, tell me, warn me, buzz me, ring me, give me a heads
        up, keep me posted, inform us, notify us, let us know"""
    ),
    Cue.BEFORE: _list(
        """is about to, about to begin, about to start, before, prior to, ahead of, in advance, when it is time, when
        it's time, when its time, beforehand, when i should, when i need to"""
    ),
    Cue.REPLIED: _list(
        """replies from, any replies, any response, replied, responded, answered, get back to me, got back to me,
        gotten back to me, sent me anything, sent me something, sent anything, send me anything, send me
        something, written to me, wrote to me, write to me, write me, wrote me, written me, reply to me,
        respond to me, answer me, a response from, a reply from, any response from, any reply from, an
        answer from, heard from, hear from, written back, write back, has written, have written, wrote
        back, replied to, responded to, answered my, answer to my, reply to my, response to my, reached
        out, contacted me"""
    ),
    Cue.BY_MAIL: _list(
        """by email, via email, by mail, via mail, in an email, through email, per email, over email, by e - mail,
        via e - mail"""
    ),
    Cue.WRITE_TO: _list("write to, write back to, drop a line to"),
    Cue.WHEREABOUTS: _list(
        """where is, where's, where are, where does, where do, which city does, what city does, which country does,
        which company does, which state does, does, do, who does, which street does, what street does,
        what company does, what town does, which town does, in which city does"""
    ),
    Cue.RESIDE: _list(
        """office, live, work, reside, live in, work for, work at, live at, living, old, married, located, working,
        stay, live on, work with, reside in, located at, employed, based"""
    ),
    Cue.EVENTS: _list(
        """events, meetings, appointments, appts, interviews, conferences, reminders, alerts, notifications"""
    ),
    Cue.GENERIC: _list(
        """event, events, something, anything, everything, item, things, thing, stuff, contact, contacts, @"""
    ),
    Cue.REACH: _list(
        """how do i contact, how can i contact, how can i reach, how do i reach, how do i get hold of, how can i get
        in touch with, how do i get in touch with, how can i get hold of, how to reach, how should i
        contact, how could i reach, what is the best way to reach, best way to reach, best way to contact"""
    ),
    Cue.RECALL: _list("remind me what, remind me when, remind me where, remind me who"),
    Cue.AND: ("and", "&", ","),
    Cue.FOLDER: _list("inbox, outbox, spam, drafts, trash, archive, sent folder"),
    Cue.LINK: _list("to, and, then, please, also"),
    Cue.ONTO: _list("on, onto, into"),
    Cue.ALL: _list("all, every, emails, mails, everything, messages"),
    Cue.NOT_NAME: _list(
        """someone, somebody, anyone, anybody, nobody, everything, something, anything, nothing, him, her, them, it,
        this, that, me, you, us, these, those, one, two, three, email, emails, mail, meeting, calendar,
        event, address, new, last, latest, account, list, inbox, message, messages, group, people, today,
        tomorrow, yesterday, subject, recent, unread, work, home, following, content, contact, contacts,
        details, number, id"""
    ),
    Cue.ONE_NEW: _list("a, an, another, a new"),
    Cue.MAIL_PART: _list("subject, subject line, sender, content, contents, body, date of, first line, gist"),
    Cue.STORE: _list("add, save, store, keep, put, enter, insert, record, register"),
    Cue.GOAL: _list("to, into"),
    Cue.RESET: _list(
        """make it, make that, make the time, set it to, set it for, set the time to, change it to, change that to,
        change the time to, change the start to, change the start time to, put it at"""
    ),
    Cue.LONGER: _list("longer, shorter"),
    Cue.SHIFTER: _list("bring, pull"),
    Cue.SHIFTED: _list("forward, earlier, later, back, ahead, backwards"),
    Cue.RENAME: _list("rename, retitle"),
    Cue.NAME_OF: _list("the title, the name, title, name"),
    Cue.VENUE: _list("location, place, venue, the room"),
    Cue.ROOM: _list(
        """room, rooms, hall, office, floor, building, conference room, meeting room, auditorium, lobby, cafeteria,
        canteen, library, the hall, the office, the lobby, the cafeteria, the canteen, the library, the main hall,
        the conference room, the meeting room, the small room, the big room, the large room, theatre, ward"""
    ),
    Cue.INSTEAD: _list("instead, rather"),
    Cue.CALL_OFF: _list("cancel, call off, called off, delete, scrap"),
    Cue.ENTER: _list("add, schedule, book, create, plan, arrange, set up, put, enter, organize, organise, pencil in"),
    Cue.NO_EVENT: _list(
        """file~, folder~, document~, pdf, spreadsheet~, note~, photo~, subscription~, account~, yourself, your,
        setting~, option~, app, apps, trial~, transfer~, membership~, download~, recording~, battery, character~,
        cache, lease, parking, departure, routine~, route~, seat~, debit, device~, window~, page~, cursor, history,
        data, payment~, item~, amount, number, phone,
        contact, address, ingredient~, points, sentence, word, letter, line, row, column, table, report~, invoice~,
        contract~, slide~, draft~, comment~, version, project~, task~"""
    ),
    Cue.DEFINITE: _list("the, my, our, this, that"),
    Cue.CALL_IT: _list("call it, call that, call this, name it, name that, title it, rename it, rename it to"),
    Cue.NAMED: _list("called, named, titled, entitled, with the title, with the name, by the name of"),
    Cue.TIME_OF: _list("time, date, day, start, hour, beginning, end, it, that, this"),
    Cue.CLAUSE: _list("that"),
    Cue.YES_NO: _list("yes, no, ok, okay, sure, thanks, thank you"),
}

COMMANDS = CommandWords(
    code="en",
    dates=DATES,
    cues=CUES,
    courtesies=(
        *_list(
            """please, hey, hi, hello, ok, okay, so, well, just, hey google, ok google, okay google, google, alexa, hey
        alexa, siri, hey siri, cortana, hey cortana, olly, hey olly, computer, assistant, voice assist,
        hey assistant, can you, could you, would you, will you, can you please, could you please, would
        you please, would you mind, can we, could we, i want you to, i need you to, i would like you to,
        i'd like you to, i would like to, i'd like to, i would like, i'd like, i want to, i wanna, i need
        to, we need to, let's, let us, go ahead and, help me, help me to, you can, you need to, you
        should, you must, thanks, thank you, be sure to, make sure to, make sure you, make sure, quickly,
        is it possible to, would it be possible to, are there ways to, is there a way to, is there any way
        to, would you be willing to, may i, can i, could i, might i, do me a favor and, kindly, for me, if
        you can, if you could, if you would, real quick, do you mind, would it be ok to, is there any
        chance you could, i'd love to, i would love to, i wish to, it would be great if you could, i was
        hoping you could, i was hoping to, can you help me, could you help me, will you help me, would you
        kindly, can you go ahead and, please go ahead and, hey there, alright, all right, if possible, i
        have to, i must, want to, need to, i was wondering if you could, try to, yes, yeah, um, also,
        then, and"""
        ),
    ),
    possessives=("'s", "s'", "'"),
    flags={
        "important": "important",
        "urgent": "important",
        "starred": "important",
        "read": "read",
        "seen": "read",
        "unread": "unread",
        "spam": "spam",
        "junk": "spam",
    },
)
