package httpapi

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ownOrigin keeps other web sites out: requests that change something and come from another origin than the server's own or APP_URL's,
// and requests for names under which the server is not known (DNS rebinding).
func ownOrigin(hosts []string, appURL string, next http.Handler) http.Handler {
	known := map[string]bool{"localhost": true}
	for _, h := range hosts {
		known[strings.ToLower(h)] = true
	}
	protection := http.NewCrossOriginProtection()
	if origin := originOf(appURL); origin != "" {
		_ = protection.AddTrustedOrigin(origin) // fails only for what is no origin
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, problem.New(problem.Forbidden, "The request comes from another web site."))
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		ip := net.ParseIP(host)
		if !known[host] && (ip == nil || !ip.IsLoopback()) && r.URL.Path != "/health" {
			refuse(w, r, problem.New(problem.Forbidden, "The server is not known under the name %q; set APP_URL to the address that people use.", host))
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// originOf is an address's origin as browsers write it; "" when it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host
}

// crossOrigin lets the page of APP_URL, and no other, read answers when it is served from another host than the API.
func crossOrigin(appURL string, next http.Handler) http.Handler {
	origin := originOf(appURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", "Origin")
		asked := r.Header.Get("Origin")
		if origin == "" || asked != origin {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			h.Set("Access-Control-Expose-Headers", "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Content-Disposition")
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, If-Match, X-CSRF-Token")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
