package mail

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Letter is what a template is filled with.
type Letter interface {
	// name is the template's, subject the subject's line.
	name() string
	subject() string
}

// Invitation asks someone to join.
type Invitation struct {
	Inviter string // a person's name or address
	Link    string
	Expires time.Time
}

func (Invitation) name() string      { return "invitation" }
func (l Invitation) subject() string { return l.Inviter + " invites you to ThreatWerk" }

// Verification asks whether an address is its owner's.
type Verification struct {
	Link    string
	Expires time.Time
}

func (Verification) name() string    { return "verification" }
func (Verification) subject() string { return "Confirm your address for ThreatWerk" }

// PasswordReset leads to a new password.
type PasswordReset struct {
	Link    string
	Expires time.Time
}

func (PasswordReset) name() string    { return "password_reset" }
func (PasswordReset) subject() string { return "Set a new password for ThreatWerk" }

// HaveAccount tells someone who registered a second time that they have an account.
type HaveAccount struct{ Link string }

func (HaveAccount) name() string    { return "have_account" }
func (HaveAccount) subject() string { return "You have a ThreatWerk account already" }

// Test shows that mail arrives.
type Test struct {
	Server string // APP_URL
	Asked  time.Time
}

func (Test) name() string    { return "test" }
func (Test) subject() string { return "Test mail from ThreatWerk" }

// Message is a letter filled in.
type Message struct {
	Template string `json:"-"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	HTML     string `json:"html"`
}

//go:embed templates
var files embed.FS

var functions = map[string]any{"time": moment, "line": oneLine}

var (
	texts = texttemplate.Must(texttemplate.New("").Funcs(functions).ParseFS(files, "templates/*.txt"))
	htmls = htmltemplate.Must(htmltemplate.New("").Funcs(functions).ParseFS(files, "templates/*.html"))
)

// Render fills a letter's templates.
func Render(l Letter) (Message, error) {
	var text, html bytes.Buffer
	if err := texts.ExecuteTemplate(&text, l.name()+".txt", l); err != nil {
		return Message{}, fmt.Errorf("fill the letter %s: %w", l.name(), err)
	}
	if err := htmls.ExecuteTemplate(&html, l.name()+".html", l); err != nil {
		return Message{}, fmt.Errorf("fill the letter %s: %w", l.name(), err)
	}
	return Message{Template: l.name(), Subject: oneLine(l.subject()), Text: text.String(), HTML: html.String()}, nil
}

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// lineRunes is what a subject or a value within a line has at most.
const lineRunes = 200

// oneLine keeps foreign text from becoming a header, a line or a direction of its own.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > lineRunes {
		return string(runes[:lineRunes]) + "…"
	}
	return s
}

// maxAddress is the longest path of RFC 5321, 4.5.3.1.3, without its brackets.
const maxAddress = 254

// address checks a recipient's bare address ("a@example.org", no name), so that it can stand in a header and in a command.
func address(text string) (string, error) {
	fault := problem.New(problem.Invalid, "That is no mail address.").
		With(problem.Fault{Path: "body.email", Code: "address", Message: "want an address such as person@example.org"})
	if len(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return "", fault
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Name != "" || parsed.Address != text {
		return "", fault
	}
	return parsed.Address, nil
}
