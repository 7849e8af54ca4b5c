package ui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// policy lets a page load its own style and script and nothing else, from
// nowhere else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxBody and maxURL bound a request.
const (
	maxBody = 64 << 10
	maxURL  = 8 << 10
)

// guard turns away requests that do not come from a page of this server.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // "no-referrer" would take the origin from our own forms
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case len(r.URL.RequestURI()) > maxURL:
			http.Error(w, "The address is too long.", http.StatusRequestURITooLong)
		case !s.ownHost(r):
			http.Error(w, "This server does not go by that name.", http.StatusForbidden)
		case !sameOrigin(r):
			http.Error(w, "Pages from elsewhere may not ask here.", http.StatusForbidden)
		case s.Token != "" && !s.admitted(w, r):
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			next.ServeHTTP(w, r)
		}
	})
}

// ownHost reports whether the request names this machine: by a loopback name or, from
// elsewhere with a token, by its own name or any address. A name that somebody has
// pointed here is refused.
func (s *server) ownHost(r *http.Request) bool {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), "80"
	}
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, own, err := net.SplitHostPort(at.String()); err == nil && own != port {
			return false
		}
	}
	if host == "localhost" {
		return true
	}
	if own, err := os.Hostname(); err == nil && s.Token != "" && strings.EqualFold(host, own) {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || s.Token != "")
}

// sameOrigin reports whether a page of this server asks, or nobody's page does.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		// A link from elsewhere may lead here, but nothing more.
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

const (
	tokenCookie   = "sfdalab-token"
	sessionCookie = "sfdalab-session"
)

// admitted reports whether the request has the server's token. One that brings
// it in its address gets a cookie that stands for it and is sent to the address without.
func (s *server) admitted(w http.ResponseWriter, r *http.Request) bool {
	if c, err := r.Cookie(tokenCookie); err == nil && equal(c.Value, s.pass()) {
		return true
	}
	if !s.guesses.allowed(r.RemoteAddr) {
		http.Error(w, "Too many wrong tokens. Wait a minute.", http.StatusTooManyRequests)
		return false
	}
	token, given := r.URL.Query()["token"]
	if !given || !equal(token[0], s.Token) {
		if given {
			s.guesses.wrong(r.RemoteAddr)
		}
		http.Error(w, "Open this page with the address, token included, that sfdalab ui printed.", http.StatusUnauthorized)
		return false
	}
	setCookie(w, tokenCookie, s.pass())
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return false
}

// pass returns what stands for the token in a cookie, where not all characters may be.
func (s *server) pass() string { return sign(s.Token, "pass") }

func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// formToken returns the token of the forms of the request's session, which it
// begins if there is none.
func (s *server) formToken(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil || c.Value == "" {
		c = &http.Cookie{Value: rand.Text()}
		setCookie(w, sessionCookie, c.Value)
	}
	return s.tokenOf(c.Value)
}

func (s *server) tokenOf(session string) string { return sign(s.secret, session) }

// sign returns text that only who has the secret can make of a text.
func sign(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// fromOwnForm reports whether the request was sent by a form of its session.
func (s *server) fromOwnForm(r *http.Request) bool {
	c, err := r.Cookie(sessionCookie)
	return err == nil && equal(r.PostFormValue("token"), s.tokenOf(c.Value))
}
