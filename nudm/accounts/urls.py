from django.urls import path

from nudm.accounts.views import code, me, provider, sign_in

app_name = "accounts"
urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("login/code/", sign_in.code, name="code"),
    path("provider/", provider.go, name="provider"),
    path("provider/back/", provider.back, name="provider_back"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
    path("reset/", sign_in.Reset.as_view(), name="reset"),
    path("reset/sent/", sign_in.ResetSent.as_view(), name="reset_sent"),
    path("reset/<uidb64>/<token>/", sign_in.ResetConfirm.as_view(), name="reset_confirm"),
    path("me/", me.me, name="me"),
    path("me/code/", code.page, name="set_code"),
    path("me/code/recovery/", code.renew, name="renew_recovery"),
    path("me/code/end/", code.end, name="end_code"),
    path("me/sessions/<str:handle>/end/", me.end_session, name="end_session"),
    path("me/tokens/<int:pk>/revoke/", me.revoke_token, name="revoke_token"),
    path("me/sign-out-everywhere/", me.sign_out_everywhere, name="sign_out_everywhere"),
]
