"""Addresses of the ground floor: signing in, one's own pages, the desk's pages about people and centres."""

from allauth.account.views import account_inactive
from django.conf import settings
from django.urls import URLPattern, path

from network import sign_in
from network.later import Pages

desk, pages = Pages("network.desk"), Pages("network.pages")


def demonstration() -> list[URLPattern]:
    """The invented people, to be with one click. These addresses exist in the demonstration only."""
    return [
        path("demo/", pages.demonstration, name="demo"),
        path("demo/sign-in/", pages.become, name="demo_sign_in"),
    ]


urlpatterns: list[URLPattern] = [
    # Of allauth's addresses only these: there are no passwords, and an account is made by signing in.
    path("accounts/login/", sign_in.SignIn.as_view(), name="account_login"),
    path("accounts/login/", sign_in.SignIn.as_view(), name="account_request_login_code"),
    path("accounts/login/code/", sign_in.Confirm.as_view(), name="account_confirm_login_code"),
    path("accounts/logout/", sign_in.SignOut.as_view(), name="account_logout"),
    path("accounts/inactive/", account_inactive, name="account_inactive"),
    path("my/welcome/", pages.welcome, name="my_welcome"),
    path("my/profile/", pages.profile, name="my_profile"),
    path("my/tokens/", pages.tokens, name="my_tokens"),
    path("my/tokens/<int:pk>/revoke/", pages.revoke_token, name="my_token_revoke"),
    path("desk/people/", desk.people, name="desk_people"),
    path("desk/people/<int:pk>/dismiss/", desk.dismiss, name="desk_dismiss"),
    path("desk/centre/<slug:slug>/", desk.centre, name="desk_centre"),
    path("desk/join-requests/", desk.join_requests, name="desk_join_requests"),
    path("desk/join-requests/<int:pk>/answered/", desk.answer_join_request, name="desk_join_request_answered"),
    path("problems/<slug:code>", pages.problem, name="problem"),
    *(demonstration() if settings.DEBUG else []),
]
