"""Posts to which something is sent and in which nobody can receive it; who appoints is told once."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import override

from nudm.core import scope
from reports.actions.inbox import notice
from reports.models import Subscription
from states.access import appointments_on, holders_on
from states.models import Appointment, Post
from states.rules import PostKind, Role


def vacant_on(day: date) -> list[Post]:
    """The posts that want somebody: nodal officers' posts, posts with a schedule, and any post with a holder,
    where no holder on `day` has an account that is switched on."""
    wanted = (
        Q(kind=PostKind.NODAL_OFFICER.value, team__role=Role.STATE.value)
        | Q(pk__in=Subscription.objects.filter(active=True, paused=False).values("post"))
        | Q(pk__in=appointments_on(day).filter(person__is_active=False).values("post"))
    )
    held = holders_on(day).values("post")
    return list(Post.objects.filter(wanted).exclude(pk__in=held).select_related("team__state").order_by("pk"))


@scope.national()
def who_appoints(post: Post, day: date) -> Post | None:
    """The post whose holder on `day` is told of a vacancy: the State/UT's nodal officer for the posts of the
    State/UT and its towns, else the head of the centre, else its reviewer. None where nobody is there."""
    nodal = Post.objects.filter(team__role=Role.STATE.value, kind=PostKind.NODAL_OFFICER.value)
    centre = Post.objects.filter(team__role=Role.CENTRE.value)
    asked = [
        *(nodal.filter(team__state=post.team.state_id) if post.team.state_id is not None else ()),
        *centre.filter(kind=PostKind.HEAD.value),
        *centre.exclude(kind=PostKind.HEAD.value),
    ]
    held = set(holders_on(day).filter(post__in=asked).values_list("post", flat=True))
    return next((each for each in asked if each.pk != post.pk and each.pk in held), None)


def tell(post: Post, day: date) -> None:
    """Tell who appoints that a post is vacant: once for each vacancy."""
    teller = who_appoints(post, day)
    if teller is None:
        return
    last = Appointment.objects.filter(post=post, start__lte=day).order_by("-start", "-pk").first()
    key = f"vacant:{post.pk}:{last.pk if last is not None else 0}"
    notice(teller, key, "vacant", about(post, day), url_of(post), state=post.team.state, to_do=True)


def tell_all(day: date) -> None:
    """The same for every post that wants somebody."""
    for post in vacant_on(day):
        tell(post, day)


def among(posts: Iterable[Post], day: date) -> list[Post]:
    """The vacant posts to which the holder of one of `posts` appoints."""
    own: Collection[int] = {post.pk for post in posts if post.kind in APPOINTING}
    if not own:
        return []
    found = []
    for post in vacant_on(day):
        teller = who_appoints(post, day)
        if teller is not None and teller.pk in own:
            found.append(post)
    return found


APPOINTING = frozenset({PostKind.NODAL_OFFICER.value, PostKind.HEAD.value, PostKind.REVIEWER.value})


def about(post: Post, day: date) -> dict[str, Any]:
    """What a sentence on the vacancy names, in both languages."""
    off = appointments_on(day).filter(post=post).exists()
    with override("en"):
        words = str(post)
    with override("hi"):
        return {"post": words, "post_hi": str(post), "off": off}


def url_of(post: Post) -> str:
    return f"/states/people/posts/{post.pk}/"
