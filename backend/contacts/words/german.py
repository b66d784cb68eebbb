"""How German speakers address and describe people."""

SHORT_FORMS = """\
adelheid heidi
albrecht albert
alexander alex sascha sandro xander
alexandra alex sandra sascha
andreas andi andy
angelika geli angie
anna anni aenne
annemarie anne
anneliese liesel anne
antonia toni
anton toni
barbara babs baerbel
benjamin ben benni
bernhard bernd berni
bernadette berni
birgit biggi gitti
brigitte gitti biggi gitte
charlotte lotte lotti
christian chris krischan
christiane chris
christina tina chris kristina
christoph chris stoffel
cornelia conny nele
daniela dani
dominik dom nik
dorothea doro thea dorle
eberhard ebi
eduard edi
elisabeth lisa elli sissi liesl lisbeth elli bettina else
emilia emmi mila
erich eri
eva evi
felicitas feli fee
ferdinand ferdi
florian flo
franziska franzi fanny
franz franzl
friederike rike fritzi
friedrich fritz friedel fred
gabriele gabi
georg schorsch
gerhard gerd
gertrud trude traudl
gregor grischa
guenther guenni
hannelore hanne lore
hans hansi
heinrich heiner heinz heini
helene leni lena
helmut helle
hermann manni
hildegard hilde
ingeborg inge
irmgard irmi
isabella isa bella
jakob jockel
joachim achim jochen jo
johanna hanna hanne jojo
johannes hans hannes jo jan
jonathan joni
josef sepp beppo jupp
josefine josi fine
juergen juergi
julia jule juli
juliane jule
karl kalle charly
karoline line caro
katharina kathi katja kati tina kaethe
kathrin kati
klaus klausi
konrad conny
kristina tina
leonhard leo hardi
leopold poldi leo
lieselotte lilo lotte
ludwig lutz wiggerl
magdalena lena leni magda
manfred manni fred
margarete grete gretel greta marga
margit gitti
maria mia mitzi marie
marianne janne
martin maddin
martina tina
matthias matze hias mattes
maximilian max maxi
melanie mel melli
michael michi michel micha mike
michaela michi ela
monika moni
nikolaus klaus niko nik
norbert nobbi
patricia patti
paul pauli
peter petz
philipp phil
rainer rai
reinhard reini
renate nate reni
richard richi
robert robbi
roland roli
rosemarie rosi
rudolf rudi rolf
sabine bine
samuel sami
sebastian basti
siegfried sigi
sigrid sigi
silvia silvi
simone mone
sophie soph
stefan steff steffen
stefanie steffi
susanne susi sanne
therese resi
theodor theo
theresa resi tess
thomas tom tommi
tobias tobi
ulrich uli ulli
ulrike uli rike
ursula uschi ulla
valentin vale
veronika vroni
viktoria vicky
waltraud traudl walli
walter walti
werner werni
wilhelm willi willy
wolfgang wolf wolfi
zacharias zach"""

TITLES = {
    "dr": "dr",
    "doktor": "dr",
    "doktorin": "dr",
    "prof": "prof",
    "professor": "prof",
    "professorin": "prof",
    "herr": "mr",
    "herrn": "mr",
    "frau": "ms",
    "fraeulein": "ms",
    "schwester": "nurse",
    "pfleger": "nurse",
    "pflegerin": "nurse",
}

RELATIONS = {
    "schwester": "sister",
    "bruder": "brother",
    "geschwister": "sibling",
    "mutter": "mother",
    "mutti": "mother",
    "mama": "mother",
    "vater": "father",
    "vati": "father",
    "papa": "father",
    "sohn": "son",
    "tochter": "daughter",
    "kind": "child",
    "frau": "wife",
    "ehefrau": "wife",
    "mann": "husband",
    "ehemann": "husband",
    "partnerin": "partner",
    "freund": "friend",
    "freundin": "friend",
    "tante": "aunt",
    "onkel": "uncle",
    "cousine": "cousin",
    "nichte": "niece",
    "neffe": "nephew",
    "oma": "grandmother",
    "grossmutter": "grandmother",
    "opa": "grandfather",
    "grossvater": "grandfather",
    "chef": "boss",
    "chefin": "boss",
    "vorgesetzter": "manager",
    "vorgesetzte": "manager",
    "assistentin": "assistant",
    "assistent": "assistant",
    "sekretaerin": "assistant",
    "kollege": "colleague",
    "kollegin": "colleague",
    "nachbar": "neighbor",
    "nachbarin": "neighbor",
}

POSSESSIVES = frozenset(
    {"mein", "meine", "meinen", "meinem", "meiner", "unser", "unsere", "unseren", "unserem", "unserer"}
)
ARTICLES = frozenset({"der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer"})
CONNECTORS = frozenset({"aus", "von", "vom", "bei", "beim", "im", "am", "an"})
GENERIC = frozenset({"abteilung", "station", "dienst", "buero", "bereich", "gruppe", "und"})
