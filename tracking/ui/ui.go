// Package ui shows a store in a browser: its runs, one of them, several side by
// side, and what differs between two. Every view is a page of plain HTML with an
// address of its own; the little script it has only saves reloading by hand.
//
// The server keeps others out. It answers to the names of the machine it runs
// on and to no other, so that a page from elsewhere cannot reach it by a name it
// made up (DNS rebinding); what changes something needs a token that only its own
// pages know; and whoever is not on this machine needs the token that the server
// was started with. Nothing in a request names a file.
package ui

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sfdalab/results"
	"sfdalab/results/web"
	"sfdalab/tracking"
)

// A Config says what to serve to whom.
type Config struct {
	Store *tracking.Store

	// Address to listen on, such as "127.0.0.1:7373". Any other than a loopback
	// address needs a Token, which users hand over once, as ?token=: a random one if it is
	// empty.
	Address string
	Token   string

	// Truths are offered beside those that are recorded; nil means results.Truths().
	Truths []*results.Truth

	// Complete adds what runs of earlier programs did not record; nil for nothing.
	Complete func([]tracking.Selection)
}

//go:embed assets
var assets embed.FS

// A server answers requests.
type server struct {
	Config
	pages   *template.Template
	secret  string // of the session tokens
	guesses guesses
	queue   *queue // of pages
	exports *queue

	style     string
	headlines *later[headline] // by the state of a run
	reports   *later[evidence]
}

// How many headlines and reports are kept.
const (
	mostHeadlines = 50_000
	mostReports   = 32
)

// Serve listens and serves until the context ends. It calls ready with the address of the
// first page, as this machine can open it, as soon as that can be done.
func Serve(ctx context.Context, c Config, ready func(url string)) error {
	listener, err := net.Listen("tcp", c.Address)
	if err != nil {
		return fmt.Errorf("the page cannot be served at %s: %w: name another address", c.Address, err)
	}
	defer listener.Close()
	address := listener.Addr().(*net.TCPAddr)
	if !address.IP.IsLoopback() && c.Token == "" {
		c.Token = rand.Text()
	}
	handler, err := newHandler(c)
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	stop := context.AfterFunc(ctx, func() {
		ending, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		srv.Shutdown(ending)
	})
	defer stop()
	host := address.String()
	if address.IP.IsUnspecified() { // which listens at all names of the machine, but is none
		host = fmt.Sprintf("localhost:%d", address.Port)
	}
	first := "http://" + host + "/"
	if c.Token != "" {
		first += "?token=" + url.QueryEscape(c.Token)
	}
	ready(first)
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// kept lets browsers keep what a handler sends: pages name it with its version.
func kept(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, max-age=604800, immutable")
		h.ServeHTTP(w, r)
	})
}

// version returns a text that is another one whenever style or script are.
func (s *server) version() (string, error) {
	script, err := assets.ReadFile("assets/page.js")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte(s.style))
	h.Write(script)
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// newHandler returns the pages behind their guard.
func newHandler(c Config) (http.Handler, error) {
	if c.Truths == nil {
		c.Truths = results.Truths()
	}
	s := &server{Config: c, secret: rand.Text(), queue: newQueue(mostPages), exports: newQueue(mostExports), headlines: newLater[headline](mostHeadlines), reports: newLater[evidence](mostReports)}
	own, err := assets.ReadFile("assets/page.css")
	if err != nil {
		return nil, err
	}
	s.style = web.Style + string(own)
	v, err := s.version()
	if err != nil {
		return nil, err
	}
	named := template.FuncMap{"version": func() string { return v }}
	if s.pages, err = template.New("").Funcs(functions).Funcs(named).ParseFS(assets, "assets/*.html"); err != nil {
		return nil, err
	}
	static, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page(s.runs))
	mux.HandleFunc("GET /run/{id}", s.page(s.run))
	mux.HandleFunc("POST /run/{id}", s.annotate)
	mux.HandleFunc("GET /run/{id}/progress", s.page(s.progress))
	mux.HandleFunc("GET /run/{id}/cell/{cell}", s.page(s.cell))
	mux.HandleFunc("GET /run/{id}/report", s.page(s.report))
	mux.HandleFunc("GET /dataset", s.page(s.dataset))
	mux.HandleFunc("GET /model", s.page(s.model))
	mux.HandleFunc("GET /truth", s.page(s.truth))
	mux.HandleFunc("GET /words", s.words)
	mux.HandleFunc("GET /compare", s.page(s.compare))
	mux.HandleFunc("GET /diff", s.page(s.diff))
	mux.HandleFunc("GET /plot/{kind}", s.plot)
	mux.Handle("GET /style.css", kept(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "style.css", time.Time{}, strings.NewReader(s.style))
	})))
	mux.Handle("GET /page.js", kept(http.FileServerFS(static)))
	all := http.NewServeMux()
	all.HandleFunc("GET /export/{format}", s.export) // which a TimeoutHandler would keep in memory
	all.Handle("/", http.TimeoutHandler(mux, 30*time.Second, "This took too long. Narrow the filter down."))
	return s.guard(all), nil
}
