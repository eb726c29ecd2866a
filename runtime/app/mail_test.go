package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

const (
	firstPassword  = "unrelated tulips ponder 7 gravel"
	secondPassword = "three quiet lanterns over 9 hills"
)

// browser is a person's way to a server: it keeps their cookies and says which page it is on.
type browser struct {
	t       *testing.T
	url     string
	cookies map[string]string
}

func (b *browser) send(method, path string, in any, want int, out any) {
	b.t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != want {
		b.t.Fatalf("%s %s answered %d, want %d: %s", method, path, res.StatusCode, want, text)
	}
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			b.t.Fatal(err)
		}
	}
}

// secret waits for a letter and takes the secret out of its link, which must lead to a place of the page.
func secret(t *testing.T, m *testkit.Mailbox, to, subject, place string) string {
	t.Helper()
	var l testkit.Letter
	eventually(t, fmt.Sprintf("%q reaches %s", subject, to), func() bool {
		found, ok := m.Find(to, subject)
		l = found
		return ok
	})
	link := regexp.MustCompile(`https?://\S+/` + place + `#(\S+)`).FindStringSubmatch(l.Text)
	if link == nil {
		t.Fatalf("no link to /%s in the letter to %s:\n%s", place, to, l.Text)
	}
	return link[1]
}

// TestLettersOfAccountsReachPeople goes every way that leads through a mailbox, on a whole server and over SMTP.
func TestLettersOfAccountsReachPeople(t *testing.T) {
	box := testkit.NewMailbox(t)
	s := serve(t, testkit.DatabaseURL(t), append(box.Settings(), "JWT_SECRET=a secret of the tests, forty characters.", "SIGNIN_LIMIT_PER_MINUTE=1000")...)
	person := func() *browser { return &browser{t, s.url, map[string]string{}} }
	type fields = map[string]any

	admin := person()
	admin.send("POST", "/registrations", fields{"name": "Admin", "mail": "admin@example.org", "password": firstPassword}, http.StatusOK, nil)
	person().send("POST", "/verifications", fields{"secret": secret(t, box, "admin@example.org", "Confirm", "verify")}, http.StatusNoContent, nil)

	admin.send("POST", "/invitations", fields{"mail": "analyst@example.org", "role": "analyst"}, http.StatusCreated, nil)
	analyst, code := person(), secret(t, box, "analyst@example.org", "Admin invites you", "join")
	analyst.send("POST", "/registrations", fields{"name": "Analyst", "password": firstPassword, "invitation": code}, http.StatusOK, nil)
	analyst.send("GET", "/products", nil, http.StatusOK, nil)
	person().send("POST", "/registrations", fields{"name": "Again", "password": firstPassword, "invitation": code}, http.StatusNotFound, nil)

	person().send("POST", "/password-resets", fields{"mail": "analyst@example.org"}, http.StatusNoContent, nil)
	person().send("POST", "/password-resets", fields{"mail": "nobody@example.org"}, http.StatusNoContent, nil)
	again := person()
	again.send("POST", "/password-resets/use", fields{"secret": secret(t, box, "analyst@example.org", "Set a new password", "reset"), "password": secondPassword},
		http.StatusNoContent, nil)
	analyst.send("GET", "/products", nil, http.StatusUnauthorized, nil)
	again.send("POST", "/session", fields{"mail": "analyst@example.org", "password": firstPassword}, http.StatusUnauthorized, nil)
	again.send("POST", "/session", fields{"mail": "analyst@example.org", "password": secondPassword}, http.StatusOK, nil)
	if _, sent := box.Find("nobody@example.org", ""); sent {
		t.Error("someone without account got a letter")
	}

	admin.send("PUT", "/settings/accounts", fields{"registration_domains": []string{"example.net"}, "require_second_factor": false}, http.StatusOK, nil)
	viewer, in := person(), fields{"name": "Viewer", "mail": "viewer@example.net", "password": firstPassword}
	credentials := fields{"mail": "viewer@example.net", "password": firstPassword}
	viewer.send("POST", "/registrations", in, http.StatusOK, nil)
	viewer.send("POST", "/session", credentials, http.StatusForbidden, nil)
	viewer.send("POST", "/verifications", fields{"secret": secret(t, box, "viewer@example.net", "Confirm", "verify")}, http.StatusNoContent, nil)
	viewer.send("POST", "/session", credentials, http.StatusOK, nil)
	viewer.send("POST", "/registrations", in, http.StatusConflict, nil) // all three seats of a server without licence are taken
}

func TestAnAdminTriesTheMailSettings(t *testing.T) {
	box := testkit.NewMailbox(t)
	s := serve(t, testkit.DatabaseURL(t), append(box.Settings(), "JWT_SECRET=a secret of the tests, forty characters.")...)
	admin := &browser{t, s.url, map[string]string{}}
	admin.send("POST", "/registrations", map[string]any{"name": "Admin", "mail": "admin@example.org", "password": firstPassword}, http.StatusOK, nil)
	var settings struct{ Backend, From, Server string }
	admin.send("GET", "/settings/mail", nil, http.StatusOK, &settings)
	if settings.Backend != "smtp" || settings.From != "ThreatWerk <threatwerk@example.org>" || !strings.HasPrefix(settings.Server, "127.0.0.1:") {
		t.Errorf("settings %+v", settings)
	}
	type letter struct {
		ID, State string
		LastError string `json:"last_error"`
	}
	try := func() letter {
		var l letter
		admin.send("POST", "/settings/mail/test", nil, http.StatusAccepted, &l)
		eventually(t, "it is known what became of the letter", func() bool {
			admin.send("GET", "/settings/mail/letters/"+l.ID, nil, http.StatusOK, &l)
			return l.State != "waiting" || l.LastError != ""
		})
		return l
	}
	if l := try(); l.State != "sent" {
		t.Errorf("the letter is %+v", l)
	}
	if _, ok := box.Find("admin@example.org", "Test mail"); !ok {
		t.Error("the letter did not arrive")
	}
	box.Refuse("550 no such user here")
	if l := try(); l.State != "given_up" || !strings.Contains(l.LastError, "no such user here") {
		t.Errorf("the refused letter is %+v", l)
	}
	var letters struct{ Items []letter }
	admin.send("GET", "/settings/mail/letters", nil, http.StatusOK, &letters)
	if len(letters.Items) != 3 { // with the one that verifies the admin's address
		t.Errorf("letters %+v", letters.Items)
	}
}
