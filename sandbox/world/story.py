"""The seed story: one scripted customer, the same in every world (only click ids and device numbers depend on the seed).

Day and hour are the world's, in America/Sao_Paulo. The steps are those of the specification, in its order.
"""

from __future__ import annotations

from sandbox.world import brand, channels, emails
from sandbox.world.campaigns import meta_ads
from sandbox.world.channels import Visit
from sandbox.world.ledger import Ledger
from sandbox.world.life import Life
from sandbox.world.people import Device, Person
from sandbox.world.period import DAY, HOUR, MINUTE, SECOND, midnight
from sandbox.world.randomness import stream
from sandbox.world.sessions import Order, Session

PERSON_ID = "STORY"
NUMBER = "90000001"
EMAIL = "clara.nogueira@correio.example"
FIRST_ORDER = Order("FC-STORY-1", ((brand.PRODUCTS[0], 1), (brand.PRODUCTS[2], 1)), 1990)
SECOND_ORDER = Order("FC-STORY-2", ((brand.PRODUCTS[9], 1),), 0)


def tell(ledger: Ledger) -> None:
    """Write the story into the ledger."""
    rng = stream(ledger.seed, "story")
    life = Life(ledger, rng, "STORY")
    person = Person(PERSON_ID, NUMBER, "Clara", "Nogueira", EMAIL, is_story=True)
    phone = _device(rng.randrange(10**8, 10**9), _at(ledger, 0, 19, 5), ("mobile", "Apple", "iPhone", "iOS", "18.6", "Safari", "18.6"))
    laptop = _device(rng.randrange(10**8, 10**9), _at(ledger, 30, 20, 15), ("desktop", None, None, "Windows", "11", "Chrome", "143.0"))
    person.devices = [phone, laptop]
    ledger.people.append(person)

    def visit(day: int, hour: int, minute: int, device: Device, came: Visit, *steps: tuple[object, ...]) -> Session:
        session = life.enter(_at(ledger, day, hour, minute), person, device, came, list(steps), engaged=False)
        if session is None:
            raise AssertionError("the story's visits may not overlap")
        return session

    def mail(day: int, hour: int, minute: int, metric: str, message: emails.Message, url: str | None = None) -> None:
        life.mail(_at(ledger, day, hour, minute), person, metric, message, url)

    # 1. An Instagram ad is tapped; she lands and leaves.
    visit(0, 19, 5, phone, channels.meta(rng, 0, ad=meta_ads()[0], keep_click_id=True))
    # 2. to 4. A Google search, a product, the chat, and the pop-up that trades a coupon for an address.
    search = Visit("Organic Search", "google", "organic", brand.HOME, referrer="https://www.google.com/")
    lead = visit(7, 20, 30, phone, search, ("view", brand.PRODUCTS[0]), ("chat",), ("lead",))
    person.profile_at, person.subscribed = lead.end, True
    # 5. The coupon email, opened and not clicked.
    mail(8, 9, 0, emails.RECEIVED, emails.WELCOME)
    mail(8, 9, 42, emails.OPENED, emails.WELCOME)
    # 6. The newsletter's YouTube link.
    newsletter = emails.newsletter(ledger.period.start, 2)
    mail(15, 10, 3, emails.RECEIVED, newsletter)
    mail(15, 12, 20, emails.OPENED, newsletter)
    mail(15, 12, 21, emails.CLICKED, newsletter, brand.VIDEO)
    # 7. From the video to the shop, and she buys.
    visit(15, 12, 30, phone, channels.organic_video(brand.HOME), ("view", brand.PRODUCTS[0]), ("checkout",), ("buy", FIRST_ORDER))
    # 8. The thank-you email.
    mail(15, 13, 10, emails.RECEIVED, emails.THANKS)
    mail(15, 18, 2, emails.OPENED, emails.THANKS)
    # 9. The loyalty programme, logged in.
    joined = visit(16, 21, 0, phone, channels.direct(brand.ACCOUNT), ("login", True), ("loyalty",))
    person.account_at, person.has_account = joined.start, True
    # 10. A second device: logged in there, and buys again.
    visit(30, 20, 15, laptop, channels.direct(), ("login", False), ("view", brand.PRODUCTS[9]), ("checkout",), ("buy", SECOND_ORDER))
    # 11. A question to support, answered.
    visit(32, 9, 45, laptop, channels.direct(brand.SUPPORT), ("support",))


def _at(ledger: Ledger, day: int, hour: int, minute: int) -> int:
    """The instant, a few microseconds past the minute so that no two sources share a timestamp."""
    return midnight(ledger.period.start) + day * DAY + hour * HOUR + minute * MINUTE + 7 * SECOND + 421


def _device(number: int, first_touch: int, traits: tuple[str | None, ...]) -> Device:
    return Device(f"{number}.{first_touch // SECOND}", traits, ("Belo Horizonte", "State of Minas Gerais"), "granted")
