"""List of given names from many cultures that are hardly ever other words, without accents.

Names that are also everyday words or well-known places or brands (Will, Grace, Santiago, Mercedes)
are left out: a tagger judges those by their surroundings. Of a name such as Ana-Maria or Min-jun,
this is the first part.
"""

from __future__ import annotations

from typing import Final

LIST: Final = """
aafke aarav aaron aarti abdelkader abdul abdulaziz abdulkadir abdullah abdulrahman abel abena abhay
abhijit abhinav abhishek abigail abimbola achieng achilleas adaeze adaobi adebayo adel adela adele
adeola adesua aditi aditya adnan adolfo adriaan adrian adriana adrien adwoa afonso agata agatha
agathe aggeliki agneta agnieszka agus agustin agustina aharon ahmad ahmed ahmet ahuatzi aidan aiko
aimee aino aisha ajay akash akemi akhil akihiko akiko akinyi akira akosua akshay akua alaa alaattin
alain alan alana alba albert alberto aldo alejandra alejandro aleksander aleksandr aleksandra
aleksei aleksi alen alena alessandra alessandro alessia alessio alexander alexandre alexandros
alexandru alexei alexey alexia alfonso alfred alfredo alicia alina alison aliyah aliye alka alma
aloisio alonso alper alphonse alvaro alyona alzbeta amadi amadou amal amalia amanda amar amedeo
amelia amelie amina aminata amir amira amit amita amma amparo amrita ana anais anand ananya
anastasia anastasios anatoly andela anders anderson andre andrea andreas andreea andrei andres
andrew andrey andrzej angela angelika angeliki angelita angelo aniela anil anirudh anish anita anja
anjali anju anke ankica ankit ankita anna annabel anne annegret anneke anneli annelie annelies
anneliese annemarie annette annie annika annunziata anouk anselmo anshul anthony antje antoine
antoinette anton antonella antoni antonia antonina antonio antti anupam anurag anushka anwar aparna
apostolos araceli arash archana arezoo arief ariel aristotelis arjen arjun arkady arlindo armando
arnaldo arnaud arnav arne arnold aroha arthur arttu artur arturo arun aruna arvid arvind asami
asbjorn asha ashish ashley ashok ashwin asiye asli asma astrid asuka asuncion atakan athanasios
atilla atsuko atsushi attila aude audrey augustin augusto aurelie aurelio aurore avinash aviv
avraham axel ayaka ayako ayelet ayla ayman ayodeji ayodele ayse aysegul aysel aysun aytac ayush
azadeh aziz babajide babak babatunde bahar balazs baldassare bambang bamidele barbara baris barry
bart bartek bartolomeo bartosz basak bashar bashir bastiaan beata beatrice beatriz begona behnam
behrouz bela belen benedetto bengt benicio benita benito benjamin benoit beppe berat berenice berit
berk berkay bernadette bernard bernardo bernd bernhard berthold bertrand bethany betty beverly
bhaskar bhavna bianca bienvenida bilal biljana binta birger birgit birgitt birgitta birol bjorn
blanca blaz blazej bodil bogdan bogumila boguslaw bohumil bojan bojana bongani boris borislav borje
boubacar bozena bradley bram brandon branimir branislav branka branko brenda breno bretislav brian
bridget brigitte britt britta bronislaw bruce bruno bryan budi bukola bulent burak burcu burkhard
byung cafer cagla caio caitlin caleb calebe callum cameron camila camilla camille camillo canan
candela candelaria cansu caridad carina carl carla carlo carlos carlota carmelo carmen carmina carol
caroline carolyn catalin catalina catarina catherine cathy caua caue cayetano cecile cecilia cees
celal celestino celine cemal cemil cengiz ceren cezary chaim chana chandan chang chantal charalampos
charles charlotte cheikh chema cheryl chetan chiaki chiamaka chiara chibuike chibuzo chidi chidinma
chika chikondi chimamanda chinedu chinua chinwe chioma chisomo chitra chiyo christa christelle
christiane christina christine christoph christophe christopher christos chukwuemeka cihan cindy
ciprian ciro citlali claire clara clarice claude claudia claudio claudiu clemence clement clementina
coen colette colin concepcion concetta connor conny constantin consuelo corina corinne cornelia
cornelis corrado cosimo cosmin costel cristi cristian cristiano cristina cristobal csaba cuauhtemoc
custodia cynthia czeslaw daan dafna dagmar daichi daiki daisuke dalia dalibor damian damir danica
daniel daniela daniele danielle danijel danilo dario dariush dariusz darko darren darya davi david
davide davor dawid dean deborah debra deepa deepak deepika dejan dembe denis denisa denise dennis
derek despina detlef devika devorah dewi dezso dhruv dian diane didier diego dieter dietmar dietrich
dilek dilip dimitra dimitrios dimitris dinesh diogo dirk divya dmitri dmitriy dmitry dolores domagoj
domenico domingo dominik dominique donald donatella donatello donato dong donna dorin doris doron
dorota dorothy dorte douglas dragan dragana dragica dragos drahomira drazen duarte dubravka dumitru
duncan durda dusan dylan ebba ebele eberhard ebrahim ebru eckhard edelmira edeltraud edgardo edith
edmund edoardo edouard eduarda eduardo edward edwin eero eeva efraim efstathios eftychia ehab eiji
eileen einar eino eirik eitan ekaterina ekrem elaine eleanor eleftheria eleftherios elena eleni
elfriede elham eliana elif elin elisa elise eliska eliyahu eliza elizabeth elke ellen elodie eloisa
elsa elsbeth elvira elzbieta eman emanuel emanuele emanuella emeka emel emelie emiko emil emile
emiliano emilie emilio emily emin emine emir emma emmanuel emmanuelle emrah emre endang endre enes
engin eniola ennio enrico enrique enzo erdal erdem erdmute erdogan eren erhan eric erich erik erika
erkan erland ermanno ernest ernesto ernst erol ersin erzsebet esin eskil esra esteban estela esteve
esther estrella eszter ethan etienne etsuko etta ettore eugene eugenia eugenie eugenio eulalia
eusebio eva evangelia evangelos evaristo evelyn evert evgeni evgenia evgeny ewa ewald ewelina eyal
eylul fabian fabien fabio fabiola fabrice fabrizio fadi fadime fahad faisal falk farah farhad farid
faris fatih fatima fatimah fatma fatou fatoumata fausto fawzi fedele federico felicia feliciano
felipa felipe felix femi femke ferdinand ferdinando ferenc fereshteh feride fermin fernanda fernando
feyza fidel figen fikret filip filippo filomena fiona fiorella fitri flavia flavio fleur florentina
florin floris folake folasade franca frances francesca francesco francine francis francisca
francisco franciszek francois francoise franjo frantisek franz frauke frederic frederick frederik
fredrik frida friedhelm friedrich fritz frode fulvio fumiko fumio funda funmi funmilayo fyodor
gabino gabor gabriel gabriela gabriele gabriella gael gaetano galina galit gamze gareth gary gaspare
gaston gathoni gaurav gavin gayatri gede geert geeta gemma genevieve gennady gennaro geoffrey georg
george georges georgios gerald geraldine gerard gerardo gerd gerda gergely gerhard gerrit gertrud
geza ghada ghazal gheorghe giacinto giacomo giada giancarlo gianfranco gianluca gianluigi gianna
gianni giannis gianpaolo gideon gijs gilbert gilberto gilles gillian gino gioacchino gioele giorgia
giorgio giorgos giosue giovana giovanna giovanni girish girolamo gisela gita giulia giuliana
giuliano giulietta giulio giuseppe giuseppina gizem gladys glauco glenn gloria goffredo gokce gokhan
golnaz gonul gonzalo gopal goran gordana gordon gosta gottfried govind graciela graham graziano
grazyna greger gregoire gregor gregorio gregory greta grigori grigoris grigory grzegorz gudmund
gudrun guglielmo gugu guido guilherme guillaume guillermo guiomar gulay gulbahar guler gulsen gulten
gunilla gunnar gunter gunther gunvor guoqiang gustaf gustav gustavo guven gyorgy gyula haakon habib
hadas hadi hafsa haider haitham hajime hakan halil halina halit halvard hamad hamed hamid hamza hana
hanako hanan handan hande hani hanka hanna hannah hanne hannelore hans haoran harald harish harold
haroldo haroon harriet harry harsha hartmut hartono haruka haruki haruko haruto hasan hassan hatem
hatice havva haya hayley hayriye heather hector hedwig hege heide heidi heike heikki heiko heiner
heinrich heinz heitor helen helena helene helga helge helio helmi helmut heloisa hema hemant hemi
hendra hendrik hendrika henk henning henri henriette henrik henrique henry herbert hermann herminia
hernan hernando herve hesham hessel hideaki hideki hideo hikaru hikmet hilary hilda hilde hildegard
hina hiroaki hiroko hiromi hiroshi hiroto hiroyuki hisashi hisham hjalmar holger honore horia horst
hortense hossein howard hrvoje hubert huda hugh hugo hugues huifang hulya humberto huseyin hussain
hussein hyun ian iancu ibrahim ichiro idan idrissa ifeanyi ifeoma ignacia ignacio ignacy igor
ikechukwu ilan ilaria ildefonso ildiko ileana ilhan ilias ilija ilker ilkka ilknur ilona ilse ilya
iman imelda imran imre inbal indira ineke ines inga inge ingeborg ingela inger ingmar ingo ingrid
ingvar inmaculada innokenty ioan ioana ioanna ioannis ionel ionut ipek irene irina irja irma irmgard
isaac isabel isabella isabelle isabelly isadora isamu ishaan ishita isidoro isidro isis ismael
ismail istvan itai itamar itsuki itzel itzhak iulia iulian iva ivan ivana ivanka ivar iveta ivica
ivo iwan iwona izabela jaakko jaap jabari jabir jacek jacinta jacinto jacob jacobo jacopo jacqueline
jacques jadranka jadwiga jagdish jaime jakob jakub jalal jamal james jamie jamila jana jane janet
janice janina janne janos janusz jari jarmila jaromir jaroslav jaroslava jaroslaw jasmijn jasmina
jasmine jasna jason jasper jatin javad javier jawad jaya jayant jean jeanne jeannine jeffrey jelani
jelle jenaro jennifer jens jeremy jeroen jerome jeronimo jerzy jesper jessica jiahao jianguo jianhua
jianjun jiaqi jill jimena jindrich jingyi jiri jirina jiro jitendra jitka joachim joan joana joanna
joanne joao joaquim joaquin joaquina jochen joel joelle johan johann johanna johannes john joko
jolanda jolanta jomo jonas jonathan jong jonny joon joost jordi jorg jorge jorgen joris jorma jorn
jose josef josefa josefin josefina joseph josephine josette joshua josip joyce jozef jozsef juan
juana juanita judit judith judy juha juho jukka julia julian juliana julie julien juliette julio
julita jun jung junichi junjie junko jurgen jurre jurrijn jussi justino justyna jutta jyoti kaan
kaarina kabir kacper kadek kadir kadriye kahurangi kaija kaja kajal kajetan kalani kalevi kalina
kalliopi kalman kalpana kamal kamala kamau kamil kamila kamilly kamlesh kaori kaoru karan kare karel
karen kari karim karin karl karol karolina karsten kartik katalin katarina katarzyna katerina
katharina katherine kathleen kathryn kathy katica katie katja kato katrin katsuhiko kaua kaveh
kavita kavya kazimierz kazuki kazuko kazumi kazuo kazuya keanu kees kehinde keiichi keiko keisuke
keith kelechi kelly kemal kenan kenichi kenji kenneth kenta keren kerry kerstin keshav ketut kevin
khadija khadim khaled khalid khalil kianoush kimberly kimiko kinga kipchoge kiran kirill kirsi
kirsty kishore kiyoshi kjell kjetil klas klaus knut koen kofi kohei koichi koji kojo komal konrad
konstantin konstantina konstantinos konstanty kostas kotaro kresimir kristian kristina kristoffer
kristyna krisztina kruno krystian krystyna krzysztof ksawery ksenia kubra kumiko kunal kurt kveta
kwabena kwadwo kwaku kwame kwasi kyle kyoko kyosuke kyriaki kyriakos kyung ladislav laetitia laila
lais lajos lakshmi laleh lalit lamia lamine lara larisa larissa lars laszlo lata latifa laura
laureano lauren laurence laurens laurent laurentiu lauri lavinia lawrence layla lazaro leah leandro
leanne leena lefteris leif leila leilani lena lenka lennart leocadia leon leonard leonardo leonel
leonid leonidas leonor leopoldo lerato leslie lestari leszek leticia letizia lev levent levente levi
leyla liam libor libuse lidia lidija lieke liesel lieselotte lihua lijuan liliana lillian lina linda
lindiwe lindsay linnea lior lisa livia liviu ljerka ljiljana ljubica lodovico loredana lorena
lorenza lorenzo lorraine lothar lotte louis louise luana lubomir lubos luca lucas lucia luciano
lucie lucien lucila lucrezia lucy ludmila ludwig luigi luigina luis luisa luiz luiza luka lukas
lukasz luke lungile lunna lupita lutz lynn lyubov lyudmila maarit maarten maartje maaya macarena
macario maciej madeleine madhav madhavi madhuri magdalena magdolna magnus maha mahendra mahesh
mahmood mahmoud mahmut mahsa maite maja majid makena maki makoa makoto maks maksim maksymilian malak
malcolm malgorzata malin malini mamadou mamoru manabu mandla manfred manish manisha manjeet manju
manoj manolis manolo manon mansour manuel manuela manuelita marcel marcela marcelino marcelle
marcello marcelo marcia marcin marcio marco marcos marcus marek margaret margarete margarita margaux
margit margot marguerite maria mariah mariam mariama marian mariana mariane marianna marianne
mariano maribel marie marieke mariella marija marijan marijana marijke marika mariko marilyn marina
marinko mario mariola marion marisa marisol marit marius mariusz marjorie marketa markku markos
markus marleen marlene marlies marloes marta martha marthe martin martina marton marwa marwan mary
maryam marzena masahiro masako masaru masashi masato masego massimo matej mateo mateus mateusz
matheus mathias mathieu mathilde matias matija mato mats matthew matthias matti mattia mattias
matyas maureen maurice mauricio mauro maxim maxime maximino maya maysa mayumi meena meera mees megan
megha megumi mehdi mehmet mehran meiling meir melchor mele melek melina melissa meltem menachem
mengyao merel merve meryem mesut metin mevlut michael michaela michal michalis michel michelangelo
michele michelle michiko midori mieczyslaw mieszko miguel mihael mihaela mihai mihaly mijo mikael
mikako mikhail miki mikko miklos mikolaj milada milan mildred milena milos miloslav miloslava milosz
mina minghua minna minoru mircea mirco mireia mireille mirela mirella miriam mirjam mirjana mirko
miroslav miroslava miroslaw misaki mitsuko mitsuru miyuki mladen modesta mohamad mohamed mohammad
mohammed mohan mohit mohsen moises mojtaba molly momoko mona monica monika monique montserrat
mordechai morteza moshe motoko moussa mpho mthunzi muammer muhammad mukesh mukul munir murat murilo
musa mustafa mustapha muzaffer mwangi myung nabil naci nadezhda nadia naftali nahla nahuel naima
najib nakul nalani naledi nancy nanda nandi nandini naoki naoko naomi naoto narayan narendra naresh
nasrin nasser natalia natalie natalya natan natasha nathalie nathan natsuki naveen nawal nazan
nazanin nazli ndidi nebojsa necati neelam neeraj neha nektarios nela nenad nermin neslihan nesrin
nevenka nevin ngaire ngoc ngozi nguyen nhung nicanor niccolo nicholas nico nicola nicolae nicolas
nicolasa nicole nicoleta nicoletta nicolo niek niels nieves nigel nihat niilo nikhil nikita niklas
nikodem nikola nikolai nikolaos nikolay nikolina nikos nilesh nilgun niloofar nils nina nino nisha
nishant nitin njeri njoroge nkechi nkiruka nnamdi noam noboru nobuko nobuyuki noel noelia noemi noga
nomvula nonso noor nora norbert norberto noriko norman nosipho noud noura ntombi nuray nurcan
nurettin nuria nurit nurten nyokabi nyoman obinna octavian octavio odette ofelia ofer ofir oguz
oguzhan okan okcan okechukwu oksana olaf olamide olav olavi olayinka oldrich oleg olegario oleksandr
olena olga olgierd oliver olivia olivier oliwia oliwier olle olof olufemi oluwaseun oluwatobi omar
omer omondi ondrej onofre onur onyeka orhan oriana orly ornella ortwin osama osamu oscar oskar osman
osnat osvaldo otakar otavio ottavio otto oumar ousmane ovidiu owen ozge ozgur ozkan ozlem ozren
paavo pablo paivi pallavi paloma pamela panagiota panagiotis pankaj paola paolo paraskevi paride
parisa parul parviz pascal pascual pastora patrice patricia patricio patrick patrizia patryk paul
paula paulina pauline pavan pavel pavla pavlina pavlos pawel payal pedro pekka pelin penelope pentti
pepe pernilla petar peter petr petra petri petru philip philippe phillip phuong phyllis pierangelo
piergiorgio pierluigi piero pierre pieter pietra pietro pilar pinar piotr pirjo piroska placido
polina pompeo pontus pooja porfirio pouya prabhat prabhu pradeep prakash pramod pranav pranay prasad
prashant pratibha pratik praveen predrag preeti priya priyanka przemyslaw puja putri putu pyotr
qasim qiang quang quetzal quoc quynh rabia rachel rachid rade radek radha radim radka radomir
radoslaw radovan radu rafael rafaela rafal raffaele raffaella raffaellino rafiq raghav ragnar
ragnhild rahul raija raimondo rainer raisa raja rajendra rajesh rajiv rajni rakesh ralf ralph raluca
ramazan ramesh ramiro ramon ramona rana rangi rani rania ranjit raphael raquel rashid rashmi rasmus
ratko ratna raul ravi ravindra raymond raymonde razvan rebeca rebecca recep reem refik regis reijo
reiko reinaldo reinhard reinhold reka rekha remedios remy remzi renan renata renate rene renee renu
renzo retno reyhan reyna reza rhys ricarda ricardo riccardo richard ridvan rigoberto riitta rika
rikard rina rini risto rita ritika ritu rivka riyad rizki robert roberta roberto rocco rocio rodolfo
rodrigo rogelio roger rogerio rohan rohit roksana rokuro roland rolf roman romana romolo ronald
ronaldo ronen ronit rosalia rosalinda rosaria rosario rosaura rosemary roshni rosie rosina rostislav
roswitha roxana roy roya rozalia ruben rudiger rudolf ruediger ruggiero rune ruoxi ruslan russell
rutger ruth ruud ruzena ruzica ryan ryohei ryosuke ryota ryszard saad saara sabah sabine sabri
saburo sachiko sachin sadako saeed sakari sakura salah salih salim salma salman salvatore salwa
samanta samantha samar sami samir samira samuel sana sancho sandeep sander sandhya sandor sandra
sandro sang sangeeta sanja sanjana sanjay sanjeev sanna sanne sapna sara sarah sari sarita sarka
sasa saskia satish satomi satoru satoshi saturnina saurabh saverio savita sayed sayuri scott sean
sebastiaan sebastian sebastien seda sedat seema sefa segismundo seiji selcuk selim selma semih semra
semyon seok sepideh seppo serafina serap serdar sergei sergey sergio sergius serhat serkan setareh
seun seung sevda severino sevgi sevim seydou shadi shahin shahram shalini shane shankar shannon
shaohua sharad sharif sharmila sharon sharona shashi sheetal sheila shigeko shigeru shilpa shimon
shinichi shinji shinobu shira shirin shirley shivani shizuko shlomo shmuel shoichi shota shotaro
shreya shruti shubham shuhei shuping shweta siamak sibel sibusiso siddharth siebe siegfried signe
sigrid sigurd sigvard siham silke silvestre silvia silvija silvio simon simona simone simonetta
sinan sinisa sipho sirpa siti siv siyu sizwe sjoerd slamet slavica slavko slawomir slobodan smita
sneha snezana snezhana snjezana sofie sofoklis soheil solange solveig solvig songul sonia sonke
sophia sophie soraya soren sorin sota sotirios spyridon spyros srinivas stacey stanislav stanislava
stanislaw stanley stavros stefan stefania stefanie stefano steffan steffen stelios stella stepan
stephane stephanie stephany stephen steven stewart stig stijn stipe stjepan stuart sture suat
subhash sudha sudhir sugeng suhail suharto sujata sukarno suleyman suman sumiko sumit sune sung
sunil sunita suraj surendra suresh susan susana susanna susanne sushil sushma susilo susumu sutrisno
suzana suzanne suzume svante svatopluk svein sven svenja svetlana swantje swati sylvia sylvie sylwia
szabolcs szymon tadashi tadeo tadeusz tage taha tahir taichi taiki taina taiwo tajana takahiro
takako takao takashi takayuki takeshi takuma takumi takuya talal tama tamar tamas tane taner
tangaroa tania tanja tanvi tapani tapio tara taraneh taras tareq tarik tariq tariro tarja taro tarun
tatenda tatiana tatsuo tatsuya tatyana tawanda tayfun teemu temistocle temitope tendai teodora
teodoro teofilo teoman teppo terence teresa tereza terhi terje tetsuo tetsuya thabo thales thanasis
thandi thandiwe thanh thao themba theodora theodore theodoros theophile theresa therese thiago
thibault thibaut thierry thijs thomas thorbjorn thorsten thulani thuy tiago tianyi tiberiu tibor
tihana tihomir tijn timea timo timothy timucin timur tina tiziana tiziano tjeerd tobechukwu tobias
toivo tola tolga tolu tomas tomislav tomoe tomohiro tomoko tomomi tomoya toni torbjorn tord toribio
torquato torsten toru toshiko toshio tova tracy traian trang traude traute trevor trine trinh trisha
tristan trond truc tshepo tsubasa tsutomu tsuyoshi tuan tugba tulay tullio tuncay tunde tuomas
turgut tushar tuula tuva tuyet tvrtko tymon tymoteusz tzipi ubaldo uberto uche uchenna uday udo ufuk
ugo ugur ulises ulla ulrich ulrika ulrike umar umberto umesh umut urbano urho urmila ursula urszula
usama usha ute uwe vaclav vadim vaibhav valentin valentina valentine valeri valerie valerio valery
vandana vanessa varsha varun varvara vasant vasile vasileios vasili vasiliki vasilis vasily vassilis
vedran veikko veit veli velimir vera veronica veronika veronique vesa vesna vicente victoriano vidar
vidya viggo vijay vijaya vikas vikram viktor viktoria ville vilmos vimal vinay vincent vincente
vincenza vincenzo vineet vinicio vinicius vinod violeta viorel viorica vipin vipul virgilio virginie
vishal vitaly vitor vitoria vittoria vittorio vivaan vivek viveka vivian viviana vjekoslav vlad
vladimir vladislav vlado vlasta vlastimil vojtech volkan volker volodymyr vratislav vsevolod
vyacheslav wael wahyu wairimu waleed walid walter waltraud wanda wanjiku wanjiru wayan wayne weimin
wendy wenjing werner weronika wesley wessel widodo wiktor wiktoria wilfredo wilfried wilhelm willem
willemijn willi william winfried wiremu witold wladyslaw wojciech wolfgang wolfram wout wouter
xander xavier xiadani xiaohong xiaoli xiaoming xiaoyan ximena xinyi xiuying xochitl xolani xuemei
yaakov yael yago yahya yair yakup yalcin yana yannick yannis yanti yara yaroslav yasaman yasar
yasemin yash yasin yasir yasmin yasser yasuhiro yasuko yasushi yatzil yavuz yehuda yelena yeliz yeon
yetunde yevgeny yiannis yifan yilmaz yingjie yiorgos yitzhak yngve yoav yogesh yoichi yoko yolanda
yonatan yosef yoshiko yoshio yoshiro yossi yosuke younes young yousef youssef yudi yuichi yuka
yukari yuki yukiko yuko yulan yulia yumeng yumi yumiko yuri yuriko yuriy yusra yusuf yusuke yuta
yutaka yuto yuxuan yuya yuzuki yves yvette yvonne zacarias zacharie zachary zahra zaid zainab zanele
zayed zbigniew zdena zdenek zdenka zdravka zdravko zeev zehra zeinab zekiye zeliha zeljka zeljko
zeynep zhanna zhenhua zhigang zhiqiang ziad zihan zinaida zisis zixuan zlata zlatko zodwa zoe zofia
zohreh zola zoltan zoraida zoran zorica zsofia zsolt zsuzsa zsuzsanna zuberi zubeyde zuzana zuzanna
zvonimir zvonko zygmunt
"""
GIVEN_NAMES: Final = frozenset(LIST.split())
