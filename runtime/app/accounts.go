package app

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/account/signon"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// Accounts are people and access on a pool. Links go out through the outbox where mail is set up; nil: they are shown to whoever
// makes them. Seat says whether the licence has room for one more person; nil: no licence is asked, since the operator's commands let in
// whom they like. Commands that open no session may come without JWT_SECRET.
func Accounts(pool *pgxpool.Pool, c config.Config, outbox *mail.Outbox, seat func(taken int) error) (*account.Store, error) {
	if c.JWTSecret == "" {
		c.JWTSecret = madeUp()
	}
	settings := account.Config{Secret: []byte(c.JWTSecret), AppURL: address(c), Seat: seat}
	if c.EncryptionKey != "" {
		sealer, err := newSealer(c)
		if err != nil {
			return nil, err
		}
		settings.Seal = sealer
	}
	if c.OIDCIssuer != "" {
		settings.SignOn = provider(c)
	}
	if outbox.Enabled() {
		settings.Mail = letters{outbox}
	}
	return account.NewStore(pool, settings)
}

// provider is the one of single sign-on that the settings name.
func provider(c config.Config) *signon.Provider {
	out := signon.Config{
		Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, Secret: c.OIDCClientSecret, Name: c.OIDCName, Scopes: c.OIDCScopes,
		Redirect: strings.TrimSuffix(address(c), "/") + "/api/v1/session/oidc/callback", GroupClaim: c.OIDCGroupClaim,
	}
	groups, _ := c.GroupRoles() // checked with the other settings
	for _, g := range groups {
		out.Roles = append(out.Roles, signon.GroupRole(g))
	}
	return signon.New(out)
}

// letters hand what accounts have to say over to the outbox.
type letters struct{ outbox *mail.Outbox }

// QueueMail implements account.Mailer.
func (l letters) QueueMail(ctx context.Context, tx pgx.Tx, m account.Mail) error {
	var letter mail.Letter
	switch m.Kind {
	case "invitation":
		letter = mail.Invitation{Inviter: m.Name, Link: m.Link, Expires: m.Expires}
	case "verify":
		letter = mail.Verification{Link: m.Link, Expires: m.Expires}
	case "reset":
		letter = mail.PasswordReset{Link: m.Link, Expires: m.Expires}
	case "have_account":
		letter = mail.HaveAccount{Link: m.Link}
	default:
		return fmt.Errorf("there is no letter for %q", m.Kind)
	}
	_, err := l.outbox.Put(ctx, tx, m.To, letter, m.Expires)
	return err
}

// newOutbox takes mail in where NOTIFY_BACKEND says how it goes out.
func newOutbox(jobs mail.Inserter, c config.Config) (*mail.Outbox, error) {
	sealer, err := newSealer(c)
	if err != nil {
		return nil, err
	}
	return mail.NewOutbox(jobs, sealer, c.NotifyBackend != "", time.Now), nil
}

// address is where people reach the page: APP_URL, or the port on this machine.
func address(c config.Config) string {
	if c.AppURL != "" {
		return c.AppURL
	}
	_, port, _ := net.SplitHostPort(c.ListenAddr) // checked with the other settings
	return "http://localhost:" + port
}

// seats asks the licence whether one more person may have an account.
func seats(l Licence) func(taken int) error {
	return func(taken int) error { return l.State().Seat(taken) }
}
