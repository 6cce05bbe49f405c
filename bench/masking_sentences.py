"""Test sentences with personal data for masking: neither they nor the names in them were trained
on.

{P} a person, {S} a street address, {C} a city, {E} e-mail, {T} telephone, {K} card, {B} bank
account, {I} network address, {N} social security number, {U} web address.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final = """
P|I have been a fan for years, and so has {P}.
P|If you see {P} at the counter, run.
P|{P} handled my complaint within an hour.
P|Even {P}, who likes everything, walked out.
P|The whole thing reminded me of a story {P} once told us at dinner.
P|It was {P} who picked it, not me.
P|please tell {P} that the box never arrived
P|{P}'s opinion differs from mine, but that is fine.
P|We sat next to {P} and her husband.
P|I borrowed the disc from {P}, my flatmate.
P|Our babysitter ({P}) let the children watch it.
P|Whoever hired {P} should be fired.
P|Warm regards, {P}
P|Yours faithfully, {P}
P|Take care, {P}
P|Many thanks in advance, {P}
P|-- {P}
P|- {P}
P|Best, {P}
P|Hope this helps, {P}
P|Rgds {P}
P|hello, {P} again
P|My name is {P} and I approve of this.
P|the name is {P}, look me up
P|I am {P}, and yes, I paid for it.
P|You may call me {P}.
P|call {P} if it breaks
P|ask for {P}, not for the boss
P|get in touch with {P} about refunds
P|"You will love it", {P} promised.
P|"{P} would disagree," my sister said.
P|Mr {P} at the box office was a gem.
P|Mrs. {P} taught us this play at school.
P|Dr. {P} and Nurse {P} kept me company.
P|Miss {P} sang better at our wedding.
P|Present were {P}, {P}, {P} and myself.
P|Big hugs to {P} and {P}!
P|between {P} and me: skip it
P|I promised {P} a review, so here it is.
P|No thanks to {P}, we found our seats.
P|Thanks, {P}, for the worst date ever.
P|It made {P} cry and {P} laugh.
P|Three people stayed awake: {P}, {P} and the dog.
P|When {P} fell asleep, I envied her.
P|This review was dictated by {P}.
P|My late father, {P}, loved this kind of story.
P|Signed: {P}, a disappointed customer.
P|Shout-out to {P} for the tickets.
P|The seat was reserved for {P}.
P|My doctor is called {P} and looks just like the villain.
P|My nephew {P} plays it on repeat.
P|my landlady {P} owns the book
P|{P} (age 7) gives it ten out of ten.
P|{P}: "never again".
P|i showed it to {P} yesterday
P|Written for {P}, with love.
P|Someone at the desk, I think {P}, was rude.
P|An employee by the name of {P} refused to help.
P|Passenger {P} sat in my seat.
P|Order placed by {P}, never delivered.
P|You owe me two hours, {P}.
P|P.S. {P} says hi.
S|You can send the money back to {S}.
S|I used to rent a room at {S}.
S|My parcel went to {S} although I had moved.
S|they live at {S}, next to the bakery
S|Their workshop is at {S}.
S|Come and see us: {S}.
S|Home address: {S}
S|The screening was held at {S}.
S|return it to {S} within a week
S|Visit {S} and ask for a discount.
S|Someone at {S} still waits for an answer.
S|{P}, {S}
C|We watched it in a tiny cinema in {C}.
C|I was on a business trip to {C} at the time.
C|Nothing ever happens in {C}, so we went.
C|My cousins from {C} hated it.
C|The last bus to {C} left without us.
C|Best wishes from {C}!
C|I have lived in {C} for ten years.
C|{C} is a long way to go for a bad film.
E|Write to {E} for the details.
E|my mail is {E}, drop me a line
E|({E})
E|Contact: {E}.
E|they answered from {E} after a month
T|Ring me on {T} tonight.
T|My number is {T}.
T|Phone: {T}
T|text {T} and you get a free ticket
T|You reach the owner under {T}, but never before noon.
K|I paid with {K} and was charged twice.
K|my card number is {K}
K|The card {K} has expired.
K|refund to credit card {K}, please
B|Transfer it to {B}.
B|my IBAN is {B} and the bank is slow
B|The account {B} is mine.
B|Pay {B} by Friday
B|PLEASE SEND MY MONEY BACK TO {B} THIS WEEK
I|The login came from {I}.
I|my router at {I} lost the stream
I|Blocked: {I}
I|{I}: three failed logins, none of them mine
I|Their log says IP:{I}
N|My social security number is {N}.
N|They even asked for my SSN, {N}!
N|ssn: {N}
U|See {U} for my other reviews.
U|I found it on {U}, in full.
U|more at {U}.
U|the site {U} is a scam
""".strip().splitlines()

DECOYS: Final = """
WHAT A COMPLETE AND UTTER MESS.
Do Not Waste Your Time On This.
I give it 7.5/10, or 3 out of 5.
It ran from 1999-2003, in 4 seasons and 86 episodes.
Chapter 12, verse 4 to 16.
Order no. 4471-88, paid on 12/05/2009.
Truly Awful! Simply Bad! Just Wrong!
Great Story, Bad Sound.
GREAT for kids, BORING for adults.
Best. Evening. Ever.
Verdict: Watch it. Twice.
Pros: short. Cons: everything else.
The end.Great stuff.Would see again.
Honestly... Why? Because.
It cost 12.99, down from 24.50.
Highly Recommended.
NOT FOR ME!!!
At 1:45:10 the sound is gone.
Version 2.0.1 is better than 1.9.
Happy Ending Guaranteed.
Two Hours Of My Life Gone.
The Plot: thin. The Pace: slow. The Music: loud.
""".strip().splitlines()
