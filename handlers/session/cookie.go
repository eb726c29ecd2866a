package session

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/internal/account"
)

// Cookies makes and finds the cookies of a browser. Over TLS their names begin with __Host-, which keeps other hosts of
// the same domain from setting them (RFC 6265bis, section 4.1.3).
type Cookies struct{ Secure bool }

const (
	sessionName = "threatwerk_session"
	deviceName  = "threatwerk_device"
	journeyName = "threatwerk_sign_on"
	// sessionAge, deviceAge and journeyAge are how long the browser keeps them, in seconds; the server ends sessions earlier.
	sessionAge = 7 * 24 * 60 * 60
	deviceAge  = 180 * 24 * 60 * 60
	journeyAge = 10 * 60
)

func (c Cookies) name(plain string) string {
	if c.Secure {
		return "__Host-" + plain
	}
	return plain
}

// Read finds the session's cookie in a request; empty: there is none.
func (c Cookies) Read(ctx huma.Context) string { return c.read(ctx, sessionName) }

// Of is Read for a request that no operation has taken on yet.
func (c Cookies) Of(r *http.Request) string {
	cookie, err := r.Cookie(c.name(sessionName))
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (c Cookies) read(ctx huma.Context, plain string) string {
	cookie, err := huma.ReadCookie(ctx, c.name(plain))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Session is the header that sets the session's cookie; an empty value takes it away.
func (c Cookies) Session(value string) string { return c.set(sessionName, value, sessionAge) }

func (c Cookies) set(plain, value string, age int) string {
	return c.setWith(http.SameSiteStrictMode, plain, value, age)
}

// journey binds the way back from a provider of single sign-on to the browser that went there. The provider's page sends the browser
// back, so this one has to come along from another site.
func (c Cookies) journey(value string) string {
	return c.setWith(http.SameSiteLaxMode, journeyName, value, journeyAge)
}

func (c Cookies) setWith(site http.SameSite, plain, value string, age int) string {
	if value == "" {
		age = -1
	}
	return (&http.Cookie{
		Name: c.name(plain), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.Secure, SameSite: site,
	}).String()
}

// of are the cookies of someone who has signed in.
func (c Cookies) of(in account.SignedIn) []string {
	var out []string
	if in.Cookie != "" {
		out = append(out, c.Session(in.Cookie))
	}
	if in.Device != "" {
		out = append(out, c.set(deviceName, in.Device, deviceAge))
	}
	return out
}
