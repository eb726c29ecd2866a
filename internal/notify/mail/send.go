package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// envelope is one mail on its way out.
type envelope struct {
	id   string
	from *mail.Address
	to   string
	date time.Time
	Message
}

// messageID is the Message-ID (RFC 5322, 3.6.4) without its brackets.
func (e envelope) messageID() string {
	_, domain, _ := strings.Cut(e.from.Address, "@")
	return strings.ToLower(e.id) + "@" + domain
}

// way takes mail out. Its errors are *undelivered.
type way interface {
	send(ctx context.Context, e envelope) error
}

// checked is a way that can be tried without sending anything: it says in words how it stands for a sender.
type checked interface {
	check(ctx context.Context, from *mail.Address) (string, error)
}

var (
	_ checked = (*smtpWay)(nil)
	_ checked = (*sesWay)(nil)
)

// undelivered is a mail that did not get out.
type undelivered struct {
	// permanent: sending the same again will fail again.
	permanent bool
	// words are what was answered; remedy is what the operator can do, if that is known.
	words, remedy string
	cause         error
}

// Error implements error.
func (u *undelivered) Error() string {
	if u.remedy == "" {
		return u.words
	}
	return u.words + " (" + u.remedy + ")"
}

// Unwrap gives the cause to errors.Is and errors.As.
func (u *undelivered) Unwrap() error { return u.cause }

// autoSubmitted keeps answering machines from answering (RFC 3834).
const autoSubmitted = "auto-generated"

// idHeader bears the mail's id where the Message-ID is the service's own.
const idHeader = "X-ThreatWerk-Mail-Id"

// Mailer sends at once, for those who wait for the outcome.
type Mailer struct {
	way  way
	from *mail.Address
	now  func() time.Time
}

func newMailer(w way, from string, now func() time.Time) (*Mailer, error) {
	parsed, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_FROM is no mail address: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	parsed.Name = oneLine(parsed.Name)
	return &Mailer{way: w, from: parsed, now: now}, nil
}

// errDisabled is what sending comes to without NOTIFY_BACKEND.
func errDisabled() error {
	return problem.New(problem.Conflict, "Mail is not set up on this server.").Remediable("set NOTIFY_BACKEND and NOTIFY_FROM")
}

// SendTest sends the test letter and waits for the server's answer. The error is a problem whose words an administrator may see:
// what was answered, and what to do. A nil Mailer has mail switched off.
func (m *Mailer) SendTest(ctx context.Context, to, server string) error {
	if m == nil {
		return errDisabled()
	}
	to, err := address(to)
	if err != nil {
		return err
	}
	message, err := Render(Test{Server: server, Asked: m.now()})
	if err != nil {
		return err
	}
	err = m.way.send(ctx, envelope{id: newID(), from: m.from, to: to, date: m.now(), Message: message})
	var u *undelivered
	if errors.As(err, &u) {
		return problem.Wrap(problem.Unavailable, u.cause, "The mail did not go out: %s", u)
	}
	return err
}

// ErrCannotLook is what Check comes to where the way may be used but not looked at.
var ErrCannotLook = errors.New("the way out cannot be looked at")

// Check tries the way out without sending anything: by SMTP it connects, greets, encrypts and signs in; with SES it asks whether
// the sender is verified. It says what it saw. Its error is a problem with its remedy; ErrCannotLook is not a fault.
func (m *Mailer) Check(ctx context.Context) (string, error) {
	if m == nil {
		return "", errDisabled()
	}
	looked, ok := m.way.(checked)
	if !ok {
		return "", ErrCannotLook
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	seen, err := looked.check(ctx, m.from)
	var u *undelivered
	if errors.As(err, &u) {
		return "", problem.Wrap(problem.Unavailable, u.cause, "%s", u.words).Remediable("%s", u.remedy)
	}
	return seen, err
}

// checkTime bounds a look, while which somebody waits.
const checkTime = 15 * time.Second
