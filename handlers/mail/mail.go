// Package mail serves how mail goes out, and what became of it.
package mail

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
)

// Handler serves mail.
type Handler struct{ desk *mail.Desk }

// Register adds the operations.
func Register(api huma.API, desk *mail.Desk) {
	h := &Handler{desk}
	tags := []string{"Service"}
	admin := []int{http.StatusUnauthorized, http.StatusForbidden}
	huma.Register(api, huma.Operation{
		OperationID: "get-mail-settings", Method: http.MethodGet, Path: "/settings/mail", Tags: tags, Errors: wire.Errors(admin...),
		Summary: "Say how mail goes out", Description: "They come from the server's environment and are changed there.",
	}, h.settings)
	huma.Register(api, huma.Operation{
		OperationID: "send-test-mail", Method: http.MethodPost, Path: "/settings/mail/test", Tags: tags, DefaultStatus: http.StatusAccepted,
		Errors: wire.Errors(append(admin, http.StatusConflict)...), Summary: "Send a test letter to oneself",
		Description: "It goes the way of every letter. Read the letter that is answered again until it is no longer waiting: it holds the mail server's words.",
	}, h.test)
	huma.Register(api, huma.Operation{
		OperationID: "list-letters", Method: http.MethodGet, Path: "/settings/mail/letters", Tags: tags, Errors: wire.Errors(admin...),
		Summary: "List the newest letters", Description: "To whom, and what became of them; their text is known to nobody.",
	}, h.letters)
	huma.Register(api, huma.Operation{
		OperationID: "get-letter", Method: http.MethodGet, Path: "/settings/mail/letters/{letter_id}", Tags: tags,
		Errors: wire.Errors(append(admin, http.StatusNotFound)...), Summary: "Say what became of a letter",
	}, h.letter)
}

// MailSettings say how mail goes out.
type MailSettings struct {
	Backend string `json:"backend" enum:"ses,smtp,none" doc:"none: no mail is sent, links are shown to whoever makes them."`
	From    string `json:"from" doc:"The sender; empty without backend."`
	Server  string `json:"server" example:"smtp.example.org:587" doc:"The mail server, or the Region of SES."`
}

type settingsOut struct{ Body MailSettings }

func (h *Handler) settings(context.Context, *struct{}) (*settingsOut, error) {
	s := h.desk.Settings()
	if s.Backend == "" {
		s.Backend = "none"
	}
	return &settingsOut{MailSettings(s)}, nil
}

// Letter is a letter in the outbox.
type Letter struct {
	ID            string     `json:"id"`
	Kind          string     `json:"kind" example:"invitation"`
	Recipient     string     `json:"recipient"`
	State         string     `json:"state" enum:"waiting,sent,given_up" doc:"sent: the mail server took it; given_up: it is not tried again."`
	Attempts      int        `json:"attempts"`
	LastError     string     `json:"last_error" doc:"What the mail server answered last, and what to do about it if that is known."`
	CreatedAt     time.Time  `json:"created_at"`
	NextAttemptAt *time.Time `json:"next_attempt_at,omitempty"`
	SentAt        *time.Time `json:"sent_at,omitempty"`
	GivenUpAt     *time.Time `json:"given_up_at,omitempty"`
}

func shape(e mail.Entry) Letter {
	state := "waiting"
	switch {
	case e.SentAt != nil:
		state = "sent"
	case e.GivenUpAt != nil:
		state = "given_up"
	}
	return Letter{
		ID: e.ID, Kind: e.Template, Recipient: e.Recipient, State: state, Attempts: e.Attempts, LastError: e.LastError,
		CreatedAt: e.CreatedAt, NextAttemptAt: e.NextAttempt, SentAt: e.SentAt, GivenUpAt: e.GivenUpAt,
	}
}

type letterOut struct{ Body Letter }

func (h *Handler) test(ctx context.Context, _ *struct{}) (*letterOut, error) {
	return shaped(h.desk.SendTest(ctx))
}

type letterIn struct {
	LetterID string `path:"letter_id" maxLength:"40"`
}

func (h *Handler) letter(ctx context.Context, in *letterIn) (*letterOut, error) {
	return shaped(h.desk.Letter(ctx, in.LetterID))
}

func shaped(e mail.Entry, err error) (*letterOut, error) {
	if err != nil {
		return nil, err
	}
	return &letterOut{shape(e)}, nil
}

// Letters holds the newest letters.
type Letters struct {
	Items []Letter `json:"items" doc:"Newest first, bounded in number."`
}

type lettersOut struct{ Body Letters }

func (h *Handler) letters(ctx context.Context, _ *struct{}) (*lettersOut, error) {
	list, err := h.desk.Letters(ctx)
	if err != nil {
		return nil, err
	}
	return &lettersOut{Letters{wire.Slice(list, shape)}}, nil
}
