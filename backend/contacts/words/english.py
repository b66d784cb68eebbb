"""How English speakers address and describe people."""

SHORT_FORMS = """\
abigail abby gail
albert al bert bertie
alexander alex alec xander sasha sandy
alexandra alex alexa sandra sasha lexi
alfred alf alfie fred
alice ali
amanda mandy
andrea andie
andrew andy drew
anthony tony ant
antonia toni
arthur art artie
barbara barb barbie babs
benjamin ben benny
bernard bernie
bradley brad
calvin cal
catherine cathy kate katie cath kitty
charles charlie chuck chas chip
charlotte lottie charlie
christina chris tina chrissy
christine chris tina chrissy
christopher chris kit topher
cynthia cindy
daniel dan danny
danielle dani
david dave davey
deborah deb debbie
dominic dom nic
donald don donnie
dorothy dot dottie dolly
douglas doug
edward ed eddie ted teddy ned
elizabeth liz lizzie beth betty betsy eliza libby elsie bess
emily em emmy
eugene gene
evelyn evie eve
florence flo florrie
frances fran frannie
francis frank
frederick fred freddie freddy
gabriel gabe
gabrielle gabby
geoffrey geoff jeff
gerald gerry jerry
gregory greg
harold harry hal
helen nell nellie
henry harry hank
herbert herb bert
isaac ike
isabella bella izzy
isabel bel izzy
jacob jake
jacqueline jackie
james jim jimmy jamie
janet jan
jeffrey jeff
jennifer jen jenny
jeremy jerry jez
jessica jess jessie
john jack johnny jon
jonathan jon jonny nathan
joseph joe joey
josephine jo josie
joshua josh
judith judy
julia julie
katherine kate kathy katie kat kit kay
kathleen kathy kath
kenneth ken kenny
kimberly kim
lawrence larry laurie
leonard leo len lenny
leslie les
lewis lew
lillian lily lil
louis lou louie
louise lou
lucille lucy
margaret maggie meg peggy marge greta daisy margie
martin marty
martha marty
matthew matt
maximilian max
megan meg
melissa mel lissa
michael mike mick mickey
michelle shelly
miriam mim mimi
mitchell mitch
nancy nan
natalie nat
nathan nate
nathaniel nate nat
nicholas nick nicky
nicola nicky
nicole nicky nikki
oliver ollie
olivia liv livvy
pamela pam
patricia pat patty trish tricia
patrick pat paddy rick
pauline polly
penelope penny
peter pete
philip phil pip
phillip phil
rachel rach
randall randy
raymond ray
rebecca becky becca
reginald reg reggie
richard rick ricky dick rich richie
robert rob bob bobby robbie bert
roberta bobbie
roger rodge
ronald ron ronnie
rosemary rose rosie
russell russ
samantha sam
samuel sam sammy
sarah sally sadie
sebastian seb bas
sophia sophie
stanley stan
stephanie steph
stephen steve stevie
steven steve stevie
stuart stu
susan sue susie suzy
suzanne sue suzy
sylvia syl
teresa terry tess tessa
theodore ted theo teddy
theresa terry tess tessa
thomas tom tommy
timothy tim timmy
tobias toby
valerie val
veronica ronnie vera
victor vic
victoria vicky tori
vincent vince vinny
virginia ginny
walter walt wally
wilhelmina mina minnie
william bill billy will willy liam
winifred winnie
yvonne vonnie
zachary zach zack"""

TITLES = {
    "dr": "dr",
    "drs": "dr",
    "doctor": "dr",
    "doc": "dr",
    "md": "dr",
    "phd": "dr",
    "prof": "prof",
    "professor": "prof",
    "mr": "mr",
    "mister": "mr",
    "sir": "mr",
    "mrs": "ms",
    "ms": "ms",
    "miss": "ms",
    "missus": "ms",
    "madam": "ms",
    "nurse": "nurse",
    "sister": "nurse",
}

RELATIONS = {
    "sister": "sister",
    "sis": "sister",
    "brother": "brother",
    "bro": "brother",
    "sibling": "sibling",
    "mother": "mother",
    "mom": "mother",
    "mum": "mother",
    "mummy": "mother",
    "mommy": "mother",
    "mama": "mother",
    "father": "father",
    "dad": "father",
    "daddy": "father",
    "papa": "father",
    "parent": "parent",
    "son": "son",
    "daughter": "daughter",
    "child": "child",
    "kid": "child",
    "wife": "wife",
    "husband": "husband",
    "spouse": "spouse",
    "partner": "partner",
    "girlfriend": "sweetheart",
    "boyfriend": "sweetheart",
    "aunt": "aunt",
    "auntie": "aunt",
    "uncle": "uncle",
    "cousin": "cousin",
    "niece": "niece",
    "nephew": "nephew",
    "grandmother": "grandmother",
    "grandma": "grandmother",
    "granny": "grandmother",
    "grandfather": "grandfather",
    "grandpa": "grandfather",
    "friend": "friend",
    "boss": "boss",
    "manager": "manager",
    "supervisor": "manager",
    "assistant": "assistant",
    "secretary": "assistant",
    "colleague": "colleague",
    "coworker": "co-worker",
    "neighbor": "neighbor",
    "neighbour": "neighbour",
}

POSSESSIVES = frozenset({"my", "our"})
ARTICLES = frozenset({"the", "a", "an", "that", "this", "our"})
CONNECTORS = frozenset({"from", "at", "of", "in", "with", "for", "over"})
GENERIC = frozenset(
    {"department", "dept", "ward", "team", "unit", "office", "group", "division", "people", "who", "is", "works", "the"}
)
