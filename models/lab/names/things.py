"""Lists of things that are not people though capitalised or in foreign letters: brands, airlines,
dishes, months and others.

The lists are hand-written; {B} stands for one of them in a sentence, {A} for an airport as
airlines' customers write it.
"""

from __future__ import annotations

from typing import Final


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.replace("\n", " ").split(";") if entry.strip()]


BRANDS: Final = _listed("""
Samsung;Sony;Nikon;Canon;Panasonic;Philips;Bosch;Siemens;Miele;Dyson;Hoover;Bissell;Dell;Lenovo;
Asus;Acer;Toshiba;
Logitech;Razer;Garmin;Fitbit;Casio;Seiko;Rolex;Timex;Fossil;Kindle;Kindle Fire;Nook;Roku;Chromecast;
Alexa;Siri;Cortana;
Echo Dot;Macbook;Mac;iPad;iPhone;iMac;AirPods;Galaxy Note;Pixel;Nexus;OnePlus;Xiaomi;Redmi;Realme;
Oppo;Vivo;iQOO;
Huawei;Honor;Nokia;Motorola;Moto G;Poco;HTC;LG;Intel;Ryzen;Snapdragon;Mediatek;Nvidia;Radeon;
Geforce;Windows;Vista;
Ubuntu;Linux;Android;Chrome;Firefox;Safari;Photoshop;Excel;Python;Java;Scala;Ruby;Kotlin;Hadoop;
Spark;TensorFlow;Keras;
Jupyter;Tableau;SQL;Coursera;Udemy;Duolingo;Netflix;Spotify;Hulu;Disney;TikTok;Instagram;Facebook;
Messenger;WhatsApp;
Telegram;Snapchat;Twitter;Reddit;Pinterest;Tinder;Zoom;Skype;Uber;Lyft;Grubhub;Doordash;Deliveroo;
Zomato;Swiggy;
Flipkart;Myntra;Amazon;Amazon Prime;eBay;Etsy;Walmart;Costco;Tesco;Aldi;Lidl;Ikea;Argos;Macy's;
Kohl's;Target;Sephora;
Olay;Nivea;Dove;Pantene;L'Oreal;Maybelline;Clinique;Neutrogena;Aveeno;Burt's Bees;Old Spice;
Gillette;Oral-B;Colgate;
Crest;Keurig;Senseo;Nespresso;Starbucks;Folgers;Maxwell House;Lavazza;Illy;Green Mountain;Lipton;
Twinings;Tazo;
Celestial Seasonings;Kellogg's;Nestle;Nutella;Hershey;Cadbury;Lindt;Ghirardelli;Godiva;Haribo;
Pringles;Lay's;Doritos;
Cheerios;Quaker;Campbell's;Heinz;Tabasco;McCormick;Knorr;Kraft;Barilla;Ben & Jerry's;Duncan Hines;
Betty Crocker;
Uncle Ben's;Aunt Jemima;Newman's Own;Sam Adams;Jack Daniel's;Johnnie Walker;Dr Pepper;Mountain Dew;
Pepsi;Coke;Red Bull;
Gatorade;Purina;Friskies;Whiskas;Iams;Science Diet;Greenies;Carhartt;Levi's;Wrangler;Lee;
Calvin Klein;Tommy Hilfiger;
Ralph Lauren;Michael Kors;Kate Spade;Nine West;Steve Madden;Vera Bradley;Nike;Adidas;Puma;Reebok;
New Balance;Skechers;
Crocs;Clarks;Birkenstock;Timberland;Columbia;Patagonia;North Face;Hanes;Gildan;Spanx;Oxo;Lodge;
Calphalon;Cuisinart;
KitchenAid;Hamilton Beach;Black & Decker;Dewalt;Makita;Ryobi;Stanley;Craftsman;Rubbermaid;Pyrex;
Otterbox;Spigen;Belkin;
Anker;Netgear;Linksys;Kingston;Sandisk;Seagate;Western Digital;Duracell;Energizer;Velcro;Lego;
Barbie;Hasbro;Mattel;
Playstation;Xbox;Nintendo;Wii;Kinect;Zelda;Super Mario;Minecraft;Candy Crush;Pokemon Go;
Clash of Clans;PayPal;Venmo;
Klarna;Revolut;Hilton;Marriott;Hyatt;Sheraton;Radisson;Ritz-Carlton;Holiday Inn;Best Western;
Hampton Inn;Ramada;
Wyndham;Novotel;Ibis;Mercure;Westin;Four Seasons;Fairmont;InterContinental;Premier Inn;Travelodge;
Motel 6;Days Inn;
Super 8;Airbnb;Expedia;Priceline;Tripadvisor;Trivago;McDonald's;Wendy's;Arby's;Denny's;Domino's;
Papa John's;Chipotle;
Applebee's;Olive Garden;Chili's;Nando's;Subway;Dunkin;Chick-fil-A;Toyota;Honda;Ford;Tesla;Audi;
Mercedes;Volvo;Jeep;
Subaru;Mazda;Hyundai;Kia;Nissan;Lexus;Volkswagen;Ferrari;Harley;Bluetooth;Wi-Fi;Wifi;Dolby;Amoled;
Gorilla Glass;Type C;
Touch ID;Face ID;Play Store;App Store;Google Maps;Gmail;Outlook;OneDrive;Dropbox;iCloud;Evernote
""")
FLIGHT: Final = _listed("""
Ryanair;Lufthansa;Emirates;Etihad;Qatar Airways;Qatar;Qantas;British Airways;BA;KLM;Air France;
Iberia;Vueling;Alitalia;
Finnair;SAS;Norwegian;Wizz Air;Easyjet;Jet2;Tui;Thomas Cook;Monarch;Flybe;Aer Lingus;Swiss;Austrian;
Brussels Airlines;
TAP Portugal;Turkish Airlines;Pegasus;Aeroflot;LOT;Air Canada;WestJet;Delta;United;
American Airlines;Southwest;JetBlue;
Alaska Airlines;Spirit;Frontier;Hawaiian;Virgin America;Virgin Atlantic;US Airways;Allegiant;
Avianca;LATAM;Copa;Gol;
Azul;Aeromexico;Volaris;Interjet;Air India;IndiGo;SpiceJet;Jet Airways;Vistara;AirAsia;
Malaysia Airlines;
Singapore Airlines;Scoot;Tiger;Cathay Pacific;Dragonair;China Southern;China Eastern;Air China;
Hainan;EVA Air;
China Airlines;Korean Air;Asiana;ANA;JAL;Garuda;Lion Air;Thai Airways;Bangkok Airways;
Vietnam Airlines;
Philippine Airlines;Cebu Pacific;Air New Zealand;Jetstar;Virgin Australia;Fiji Airways;Ethiopian;
Kenya Airways;
South African Airways;Royal Air Maroc;Egyptair;El Al;Saudia;Oman Air;Gulf Air;Kuwait Airways;
Royal Jordanian;Flydubai;
Star Alliance;Oneworld;Skyteam;Airbus A380;Airbus A320;A330;A350;A321;Boeing 777-300ER;Boeing 787;
Boeing 737;
Dreamliner;Embraer;Bombardier;Dash 8;ATR;Avios;Executive Club;Miles and More;Flying Blue;SkyMiles;
MileagePlus;
Premium Economy;Business Class;First Class;Economy;Club World;Club Europe;World Traveller Plus;Mint;
Comfort Plus;
Economy Plus;Main Cabin;Priority Boarding;TSA Precheck;Global Entry
""")
DISHES: Final = _listed("""
salmon;Salmon;mahi mahi;Mahi Mahi;Sea Bass;branzino;tilapia;calamari;Calamari;ceviche;tartare;
Tuna Tartare;sashimi;
sushi;nigiri;maki;Dragon Roll;California Roll;Philadelphia Roll;Spider Roll;edamame;ramen;udon;soba;
pho;Pho;banh mi;
pad thai;Pad Thai;tom yum;Tom Yum;satay;rendang;nasi goreng;laksa;bibimbap;kimchi;bulgogi;galbi;
dim sum;Dim Sum;wonton;
General Tso;general tso;Kung Pao;Szechuan;lo mein;chow mein;Peking Duck;naan;Naan;tikka masala;
Tikka Masala;biryani;
Biryani;samosa;paneer;vindaloo;tandoori;dosa;idli;hummus;falafel;shawarma;kebab;baklava;gyro;
moussaka;tzatziki;pita;
paella;tapas;gazpacho;chorizo;churros;tacos;burrito;quesadilla;guacamole;enchiladas;fajitas;nachos;
margarita;Margarita;
mojito;sangria;Bloody Mary;Tom Collins;Manhattan;Cosmopolitan;Bellini;Mimosa;Martini;Champagne;
champagne;Prosecco;
Chianti;Pinot Noir;Pinot Grigio;Merlot;Cabernet;Chardonnay;Sauvignon Blanc;Riesling;Malbec;Guinness;
Heineken;Stella;
margherita;Margherita;prosciutto;mozzarella;Mozzarella;burrata;ricotta;parmesan;gnocchi;Gnocchi;
ravioli;lasagna;
Lasagna;carbonara;bolognese;bruschetta;Bruschetta;tiramisu;Tiramisu;panna cotta;cannoli;gelato;
espresso;cappuccino;
latte;Caesar Salad;Cobb Salad;Nicoise;Eggs Benedict;eggs benedict;French Toast;Filet Mignon;
filet mignon;Chateaubriand;
Beef Wellington;Steak Frites;foie gras;escargot;bouillabaisse;ratatouille;Creme Brulee;creme brulee;
croissant;macaron;
souffle;Baked Alaska;Crab Cakes;Clam Chowder;Lobster Bisque;Buffalo Wings;Philly Cheesesteak;Reuben;
Club Sandwich;
Sloppy Joe;Mac and Cheese;Brisket;Pastrami;Bagel;bagels;Lox;noodles;Noodles;Dumplings;Tofu;Basil;
Rosemary;Thyme;Ginger;
Saffron;Cinnamon;Vanilla;Hazelnut;Mango Lassi;Chai;Matcha;Oolong;Earl Grey;Jasmine Rice;fig;fennel;
arugula;kale;quinoa;
truffle;scallops;mussels;oysters;Rolls;Decor;Sommelier;Chef;Maitre D;gourmet;protein;aroma;buffet
""")
CALENDAR: Final = _listed("""
January;February;March;April;May;June;July;August;September;October;November;December;Jan;Feb;Aug;
Sept;Oct;Nov;Dec;
Monday;Tuesday;Wednesday;Thursday;Friday;Saturday;Sunday;Mon;Tues;Weds;Thurs;Christmas Eve;
Boxing Day;New Year's Eve;
Thanksgiving;Halloween;Valentine's Day;Valentines;Mother's Day;Father's Day;Memorial Day;Labor Day;
Black Friday;
Cyber Monday;Easter;Ramadan;Diwali;Hanukkah;English;Spanish;French;German;Italian;Portuguese;Dutch;
Russian;Polish;
Turkish;Arabic;Hebrew;Hindi;Urdu;Tamil;Mandarin;Cantonese;Japanese;Korean;Thai;Vietnamese;Swedish;
Danish;Norwegian;
Finnish;Greek;Hungarian;Czech;Romanian;Latin;American;British;Canadian;Australian;Irish;Scottish;
Welsh;Mexican;
Brazilian;Cuban;Peruvian;Ethiopian;Moroccan;Egyptian;Lebanese;Persian;Indian;Pakistani;Nepalese;
Indonesian;Malaysian;
Filipino;Chinese;Taiwanese;Mediterranean;Caribbean;Cajun;Creole;Tuscan;Sicilian;Bavarian;Victorian;
Christian;Catholic;
Jewish;Muslim;Buddhist;Democrat;Republican;African;Asian;European;Southern;Midwestern;Californian;
Texan;New Yorker
""")
OPINIONS: Final = _listed("""
Excellent;Awesome;Fantastic;Horrible;Disgusting;Disappointed;Disappointing;Overpriced;Mediocre;
Superb;Delicious;Yummy;
Yum;Gross;Filthy;Rude;Friendly;Comfy;Spacious;Cramped;Noisy;Smelly;Quaint;Charming;Stunning;
Gorgeous;Lovely;Joy;Grace;
Faith;Hope;Pleasant;Perfect;Meh;Ugh;Yikes;Wowza;Kudos;Bravo;Amen;Yay;Hooray;Argh;Blah;LOL;OMG;WTF;
SMH;FYI;ASAP;IMO;BTW;
Verified;Not Verified;Trip Verified;Verified Purchase;Verified Review;Unverified;Helpful;
Recommended;Value For Money;
Cabin Staff;Ground Service;Legroom;Check-in;Bag Drop;Charging;Fast Charging;Battery;Battery Life;
Camera;Display;Screen;
Software;Processor;Speaker;Fingerprint;Selfie;Refresh Rate;Update;Crashes;Login;Log In;Sign Up;
Subscription;Ads;
Ad Free;Premium;Pro Version;Free Trial;Customer Care;Tech Support;Instructor;Professor;Course;Quiz;
Assignment;Week One;
Module;Machine Learning;Data Science;Deep Learning;Robotics;Statistics;Staff;Room Service;
Front Desk;Concierge;
Reception;Lobby;Housekeeping;Bellman;Breakfast;Brunch;Located;Location;Ambience;Ambiance;Service;
Portions;Desserts;
Appetizers;Entrees;Waitress;Waiter;Hostess;Bartender;Manager;Owner;Husband;Wife;Hubby;Mum;Nana;
Grandpa;Toddler;Hotel;
Motel;Hostel;Inn;Resort;Spa;Bistro;Cafe;Trattoria;Brasserie;Pizzeria;Tavern;Pub;Diner;Deli;Grill;
Steakhouse;Bakery;
Zagat;Michelin;AAA;Yelp;SIM;USB;HDMI;GPS;LED;LCD;RAM;SSD;CPU;GPU;AI;API;JSON;PDF;UI;UX;iOS;ETA;GMT;
VIP;BBQ;ATM;AC;TV;
HD;ISO;EPROM;RSS;XML;Mbps;GB;MB
""")
THINGS: Final = [*BRANDS, *FLIGHT, *DISHES, *CALENDAR, *OPINIONS]
AIRPORTS: Final = _listed("""
Heathrow;Gatwick;Stansted;Luton;JFK;LaGuardia;Newark Liberty;O'Hare;Midway;LAX;SFO;Dulles;
Reagan National;Logan;
Hartsfield;Sky Harbor;McCarran;Sea-Tac;Schiphol;Charles de Gaulle;CDG;Orly;Barajas;El Prat;
Fiumicino;Malpensa;Linate;
Tegel;Schoenefeld;Changi;Suvarnabhumi;Don Mueang;Narita;Haneda;Kansai;Incheon;Pudong;Chek Lap Kok;
Kingsford Smith;
Tullamarine;Pearson;Trudeau;Benito Juarez;Guarulhos;Ezeiza;Ataturk;Sabiha Gokcen;Ben Gurion;
Hamad International;
Zayed International;OR Tambo;Jomo Kenyatta;LHR;LGW;DFW;ORD;ATL;DXB;DOH;SIN;BKK;HKG
""")

SENTENCES: Final = """
✅ Trip Verified | {L} to {L} with {B}. Boarding was late.
✅ Verified Review | {L} to {L} on an {B}, seat {N}A.
Not Verified | Flew {B} from {L} to {L} via {L}.
❎ Unverified | I flew {B} in {B} last {B}.
{L} to {L} in {B} with {B}. Food was cold.
Flew {L} ({A}) to {L} ({A}) on {B}.
Terminal {N} at {A} is a mess.
We landed at {A} at {N} and waited for bags.
flight {N} from {A} to {A} was delayed
{B} lost my bag at {A}.
{A} is the worst airport ever.
My connection at {A} with {B} was tight.
{B} staff at {A} were rude.
Never flying {B} again!
@{B} your service is awful.
@{B} why is flight {N} late?
We flew {B} and {B}, both were {o}.
{B} vs {B}: no contest.
{B} crew were friendly, {B} was comfy.
In {B} we flew with {B}.
My {B} broke after a week.
my {b} died in {B}
I have a {B} and a {B}.
The {B} is better than the {B}.
I love my {B}!
Bought this for my {B}.
Works with {B}, {B} and {B}.
It fits my {B} perfectly.
{B} makes great products.
{B} should recall this.
{B}: {N} stars.
{B} customer service was {o}.
I switched from {B} to {B}.
This {B} knockoff is junk.
Ordered the {B} and the {B}.
We had the {B}, {B}, and {B}.
The {B} was cold and the {b} was dry.
My husband had the {B}.
my wife ordered {b}
try the {b} with {b}
Best {B} in {L}.
{B} and {B} were excellent.
{B} was {o}, {B} was not.
{B}! {B}! {B}!
{B}, {B}, {B}.
{B}.
{B}!
The {B} app keeps crashing on my {B}.
Since the last {B} update it freezes.
Please add {B} support.
login with {B} does not work
Latest {B} version broke {B}.
This {B} course on {B} is great.
I learned {B} and {B} in week {N}.
We stayed at the {B} in {L}.
The {B} near {A} is dated.
Stayed two nights in {B} at the {B}.
{B} has a great lobby.
Booked on {B}, arrived in {B}.
the receptionist spoke {B} and {B}
Our waiter spoke only {B}.
They serve {B} food with {B} touches.
It is a {B} place, not {B}.
""".strip().splitlines()

PEOPLE: Final = """
Our waiter {P} was attentive.
Our server, {P}, recommended the {B}.
Ask for {P}, best bartender at {B}.
{P} at the front desk upgraded us.
{P} from housekeeping was so kind.
The concierge, {P}, booked {B} for us.
Cabin crew member {P} was great on {B}.
Flight attendant {P} made my day.
{P} at the {B} desk in {L} helped.
Special thanks to {P} at {A}.
I chatted with {P} from {B} support.
Technician {P} fixed my {B}.
{P} from {B} called back.
My wife {P} ordered the {B}.
my son {P} loves his {B}
I bought a {B} for my niece {P}.
Professor {P} explains {B} well.
Thanks {P} for this {B} course!
The instructor {P} is excellent.
@{B} your agent {P} was rude
@{B} tell {P} thanks
Chef {P} came to our table.
{P} the owner greeted us.
The hostess, {P}, was rude.
Dr. {P} recommended this {B}.
{P} and {P} at reception made our stay.
Captain {P} of {B} welcomed us.
A book by {P}, read on my {B}.
i read {P} on my {b}
the author {P} writes well
We got it from {P}.
I lent it to {P}.
a gift for {P}
{P} laughed out loud.
{P} cried all evening
only {P} enjoyed it
Poor {P}!
Even {P} yawned.
{P}'s room was next to ours.
We shared a table with {P}.
Next time I will bring {P}.
I gave mine to {P}
{P} wore it once.
It scared {P}.
{P} hates it, {P} loves it.
nobody told {P}
Without {P} we would have left.
I went there because of {P}.
{P} ate mine.
if {P} works that day, go
Kisses, {P}
{P} will not be back
Say hello to {P}!
saw {P} in it
{P} drove us to {L}.
I owe {P} a drink.
Congratulations {P}
""".strip().splitlines()
