"""Sentence templates around names and places, for training and development; the masking test has
its own.

{P} is a person, {L} a place or an address, {S} a street address, {N} a number, {O} an ordinary
phrase that is no name.
"""

from __future__ import annotations

from typing import Final

TRAIN: Final = """
My name is {P} and I bought this last week.
my name's {P}, hello
I'm {P}, a customer since {N}.
i am {P} and i want my money back
This is {P} writing.
Hi, {P} here.
hi {P} here again, still waiting
Ask for {P} at the reception.
ask for {P}, they will sort it out
Please call {P} back on Monday.
call {P} if you need anything
You can reach {P} in the office.
We spoke to {P} on the phone yesterday.
I talked with {P} and {P} about the refund.
The manager, {P}, was very helpful.
the clerk ({P}) ignored us
Our waiter {P} deserves a raise!
Huge thanks to {P} for everything.
thanks {P}!!
Thank you {P}, you made my day.
big shout out to {P} from the support team
Kudos to {P} and the crew.
I watched it with {P} and loved it.
My wife {P} fell asleep after ten minutes.
my husband {P} thinks the same
My son {P} is nine years old.
My daughters {P} and {P} laughed all the way through.
my friend {P} told me to see it
A friend of mine, {P}, plays a small part in it.
My colleague {P} recommended it.
my boss {P} gave me the ticket
According to {P}, it gets better.
{P} told me about this film.
{P} said it was fine.
{P} and I went to see it together.
{P} was rude to us from the very beginning.
{P} never answered my mails.
{P} helped me with the return.
{P}'s review is spot on.
I agree with {P}'s comment below.
i read {P}'s book before
I completely disagree with {P}.
As {P} wrote, the ending is weak.
Delivered to {P} by mistake.
It was addressed to {P} instead of me.
The parcel was signed for by {P}.
please forward this to {P}
Contact {P} for details.
contact: {P}
Attn: {P}
Dear {P}, I want to complain.
dear {P}
Hello {P},
Regards, {P}
Best regards, {P}
kind regards {P}
Sincerely, {P}
Yours truly, {P}
Cheers, {P}
cheers {P}
Love, {P} xx
-- {P}
- {P}
— {P}
~ {P}
Signed, {P}
signed {P}
Posted by {P}
Reviewed by {P} on {N} May
written by {P}
Review by {P}, {N}
Dr. {P} was kind.
Dr {P} treated my mother.
Mr. {P} never called back.
Mrs {P} lives next door.
Ms. {P} from the bank was no help.
Prof. {P} explains it well.
Captain {P} announced another delay.
officer {P} was polite
our guide {P} spoke good English
the driver, {P}, got lost
our teacher {P} showed it in class
My neighbour {P} has the DVD.
my cousin {P} is in the movie for two seconds
my grandmother {P} would have loved it
Uncle {P} hated it.
aunt {P} cried
Guests were {P}, {P} and {P}.
With {P}, {P}, {P} and others.
the cast: {P}, {P}, {P}
I met {P} ({N}) at the screening.
I gave it to {P} for her birthday.
i went with {P} and her kids
In memory of {P}.
Happy birthday {P}!
What would {P} say?
Do you know {P}?
has anyone seen {P} since?
Where is {P} now?
"{P} is the best," she said.
She shouted "{P}!" and ran.
'{P}' is what they called me.
They call me {P}.
a man named {P} opened the door
someone called {P} answered
The account belongs to {P}.
account holder {P}
Name: {P}
name {P}
passenger {P} was denied boarding
Booking under {P}, number {N}.
the reservation was for {P}
I paid {P} in cash.
the seller {P} refused a refund
sold by {P}
agent {P} hung up on me
@ {P} nice review
Tell {P} I said hello.
I blame {P} for this.
{P}, if you read this, call me.
So, {P}, what now?
Sorry, {P}, but no.
Nobody but {P} noticed.
Both {P} and {P} were there.
Neither {P} nor the staff cared.
{P} (my sister) liked it more.
{P}, who is five, was scared.
I, {P}, will never return.
signed by {P}, director
It stars {P} as the villain.
{P} plays the doctor.
Directed by {P}.
Music by {P} is lovely.
the performance of {P} was wooden
I work in {L} now.
There is a museum in {L} with the same name.
Two days in {L} were enough.
a holiday in {L} would be cheaper
Nobody in {L} cares.
We drove from {L} to the coast.
on the way to {L} we got lost
The weather in {L} is awful.
My family is from {L}.
{L} is a nice town.
{L} has a new cinema.
{L} in winter is dark.
the train to {L} was late again
I flew into {L} last night.
After {L} we went home.
Shipping to {L} takes weeks.
Their branch in {L} closed.
the mayor of {L} was there
{L}, where I was born, is on the map now.
I left {L} for good.
They are based in {L}.
in {L} it rained
visit {L} once
The streets of {L} look like this.
{P} lives in {L}.
{P} moved from {L} to {L}.
{P}, from {L}, hated it.
I live in {L}.
i live in {L} with my parents
We moved to {L} last year.
We come from {L}.
I am from {L}, so I should know.
I saw it in {L}.
They shipped it to {L}.
please send it to {L}
Send the refund to {L}.
send it to {S} please
My address is {S}.
my address: {S}
Address: {S}
The shop at {S} is closed.
the store on {S} was empty
We met at {S}.
Deliver to {S}, second floor.
Deliver it to {P}, {S}.
{P}, {S}
{P} of {L} wrote this.
Greetings from {L}!
greetings from {L}
Regards from {L}, {P}
The cinema in {L} was full.
the hotel near {L} was awful
Flying from {L} to {L} took nine hours.
my flight to {L} was cancelled
Stuck in {L} since {N}.
Born in {L}, raised in {L}.
It was filmed in {L}.
{L} is beautiful in spring.
{L} has never looked better.
The people of {L} deserve better.
Between {L} and {L} there is nothing.
I was living at {S} then.
i used to live at {S}
He lives at {S}, in {L}.
come to {S} at {N}
pick it up at {S}
Branch: {S}
our office, {S}, is open
The party is at {S} tonight.
My old flat on {S} burnt down.
her house ({S}) is for sale
They sent it to {S} instead.
Ring the bell at {S}.
meet me at {S}
the restaurant at {S} has mice
It happened outside {S}.
you can find us at {S}.
{S} is where I live.
""".strip().splitlines()

NOT_NAMES: Final = """
Ask for {O} at the counter.
My name is not important.
Regards, {O}
Thanks to {O} for nothing.
{O} is what it is.
{O}, I mean it.
I watched {O} with my family.
Call {O} now!
They call it {O}.
My friend told me about {O}.
Best of all: {O}.
{O}! {O}!
The title, {O}, says it all.
{O} was the worst part.
- {O}
"{O}" is the only word for it.
I bought {O} and {O} on sale.
Written by {O}.
Dear {O}, please read this.
contact {O} for help
i love {o} so much
number {N} in the series
It cost {N} Dollars in total.
{N} Stars out of {N}.
Part {N} Was Better Than {O}.
on {N} July we saw {O}
At {N} Minutes it drags.
Season {N} Episode {N} is {O}.
""".strip().splitlines()

DEV: Final = """
The name's {P}.
Speak to {P} when you get there.
I was served by {P}, who knew nothing.
Please thank {P} on my behalf.
my brother {P} lent me the disc
our neighbours {P} and {P} came along
{P} promised me a discount.
{P} from customer service lied.
All the best, {P}
Yours, {P}
thx, {P}
{P} gives it a seven.
It belongs to {P}, not to me.
Guess what, {P}: it is bad.
I asked {P}'s mother.
sent by {P} last night
Nurse {P} was an angel.
the winner was {P} again
they had {P} (and {P}) on stage
You were right, {P}!
We live at {S}.
The address they had was {S}.
Mail it to {S}, thanks.
They opened a second shop at {S}.
A weekend in {L} costs less.
People in {L} will laugh at it.
I grew up in {L}.
{L} was cold and wet.
""".strip().splitlines()

ORDINARY: Final = [
    phrase.strip()
    for phrase in """
The Team;Customer Service;Support;Management;Anonymous;A Fan;The Movie Guy;Everyone;Somebody;
Great Acting;Bad Plot;Part Two;
Season One;The End;Worst Movie
Ever;Highly Recommended;Five Stars;Must See;Two Thumbs Up;A Masterpiece;Total Waste;Boring;Amazing;
Terrible;Wow;Awesome;
Do Not Buy;Money Back;Black Friday;
Blu-ray;DVD;The Special Edition;Directors Cut;Sci-Fi;Horror Film;Comedy;French;German;American;
Chinese;English;Monday;Friday;
Christmas;Easter;Christians;
Internet;Coca-Cola;Netflix;Amazon Prime;Facebook;Windows;Oscar Winner;Academy Award;Emmy;
World War Two;The Dark House;
The Last Summer;Love Story;Night Train;
Red Moon;The Long Goodbye;Dead Silence;Highway Robbers;City Lights;Golden Hour;Broken Promises;
Winter Sun;THE WORST;SO GOOD;
AMAZING FILM;DO NOT WATCH THIS;
WHAT A MESS;I LOVED IT;AVOID;SPOILERS AHEAD;WARNING;PLEASE READ;Summary;Bottom Line;Pros;Cons;
Verdict;Rating;Update;Edit;
Overall;Honestly;Personally;However;
Beautiful;Perhaps;Imagine;Nothing;Anyone;Good Luck;Happy Holidays;Thank You;Hello;Please;Sorry;Okay;
Indeed;God;Lord;Mom;Dad;
Grandma;Sir;Madam;Doctor;Professor;
Vacuum Cleaner;Coffee Machine;Power Cable;Model X;Hand Cream;Running Shoes;Extra Large;Gluten Free;
New Year;Happy Ending;
Old School;Rock Music;Jazz;Hip Hop;Oscar-worthy;Hollywood-style;Disney-like;Award-winning;
Action-packed;Low-budget;Half-baked;
English-speaking;
Over-acted;Must-have;Hitchcock-esque;Non-stop;Self-indulgent;Well-made;Made-for-TV;B-movie;X-rated;
Kung-fu;Post-war
""".replace("\n", " ").split(";")
]
