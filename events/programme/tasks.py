"""Background work of the programme: fetch, then call the action."""

from django_tasks import task

from events.programme.models import Event


@task()
def finish_event(event_id: int) -> None:
    """Finish an event that is over. One that was moved in the meantime has a later task of its own."""
    from events.programme import actions  # noqa: PLC0415 - actions enqueue this task

    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        actions.finish(event=event)


def finish_at_its_end(event: Event) -> None:
    """Queue ``finish_event`` for the end of the event, in the present transaction."""
    finish_event.using(run_after=event.ends_at).enqueue(event.pk)
