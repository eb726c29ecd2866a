package httpapi

import (
	"net/http"
	"strings"
)

// policy allows the page what it needs of itself and nothing of others. Scripts, and styles on elements of the page's source, are
// never inline. Style sheets may be: the component library writes its theme and responsive rules into <style> elements while it
// runs. A nonce would have to be in the page, which a separate, cached server serves, and their hashes change with the window.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; style-src-elem 'self' 'unsafe-inline'; style-src-attr 'none'; " +
	"img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// permissions gives up what the page has no use for; passkeys are for the page alone.
const permissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), " +
	"gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), " +
	"screen-wake-lock=(), usb=(), xr-spatial-tracking=()"

// transport is one year of https alone, for the names below as well (ASVS 5.0, 3.4.1).
const transport = "max-age=31536000; includeSubDomains"

// secured sets the headers by which a browser protects the page and its people.
func secured(appURL string, next http.Handler) http.Handler {
	overTLS := strings.HasPrefix(originOf(appURL), "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Permissions-Policy", permissions)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if overTLS {
			h.Set("Strict-Transport-Security", transport)
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}
