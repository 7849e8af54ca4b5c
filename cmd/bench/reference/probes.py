"""Linear classifiers, cross-validated or not, and ITM's."""

import numpy as np
from scipy import optimize
from scipy.special import logsumexp

from common import one_hot, own, softmax


def cross_validated(x, y, classifier):
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
    return 100 * (cross_val_predict(classifier, x, y, cv=folds) == y).mean()


def scaled(classifier):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), classifier)


def logistic(x, y):
    from sklearn.linear_model import LogisticRegression

    return cross_validated(x, y, scaled(LogisticRegression()))


def linear_svm(x, y):
    from sklearn.svm import LinearSVC

    return cross_validated(x, y, scaled(LinearSVC()))


def ncm(x, y):
    from sklearn.neighbors import NearestCentroid

    return cross_validated(x, y, NearestCentroid())


def lda_cv(x, y):
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return cross_validated(x, y, LinearDiscriminantAnalysis())


def lead(x, y, time=1):
    from sklearn.svm import LinearSVC

    p = own(softmax(scaled(LinearSVC()).fit(x, y).decision_function(x)), y)
    squares = (x**2).sum(axis=1)
    eigenvalues = np.array([squares[y == c].mean() for c in range(y.max() + 1)]) / squares.mean()
    decay = np.exp(-time * eigenvalues)[y]
    return np.log(1 - decay + decay * p).mean()


def pactran_gauss(x, y, strength=1.0, variance=100.0):
    n, d = x.shape
    classes, target = y.max() + 1, one_hot(y)
    z = x - x.mean(axis=0)

    def loss(v):
        w, b = v[: d * classes].reshape(d, classes), v[d * classes :]
        scores = z @ w + b
        norms = logsumexp(scores, axis=1)
        p = np.exp(scores - norms[:, None])
        value = (norms - own(scores, y)).mean() + (w**2).sum() / (2 * strength * n)
        gradient = (p - target) / n
        return value, np.concatenate([(z.T @ gradient + w / (strength * n)).ravel(), gradient.sum(axis=0)])

    start = np.zeros((d + 1) * classes)
    fit = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 10000, "gtol": 1e-10, "ftol": 0})
    p = softmax(z @ fit.x[: d * classes].reshape(d, classes) + fit.x[d * classes :])
    scale = strength * n
    curvature = ((p * (1 - p)).sum(axis=1) * ((z**2).sum(axis=1) + 1)).sum() + d * classes / scale
    return -(fit.fun + classes * variance / (2 * scale) * np.log(scale * curvature / (d * classes)))


class Layer:
    """A linear map with intercepts, trained by AdamW."""

    def __init__(self, random, inputs, outputs):
        bound = inputs**-0.5
        self.weights = random.uniform(-bound, bound, (inputs + 1, outputs))
        self.first, self.second = np.zeros_like(self.weights), np.zeros_like(self.weights)

    def update(self, gradient, rate, step):
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient**2
        move = self.first / (1 - 0.9**step) / (np.sqrt(self.second / (1 - 0.999**step)) + 1e-8)
        self.weights -= rate * (0.01 * self.weights + move)


def itm(x, y, rate=0.5):
    random, (n, d), target = np.random.default_rng(0), x.shape, one_hot(y)
    x = np.hstack([(x - x.mean(axis=0)) / np.maximum(x.std(axis=0, ddof=1), 1e-6), np.ones((n, 1))])
    encode, head = Layer(random, d, target.shape[1]), Layer(random, target.shape[1], target.shape[1])

    def shrink(z, m):
        return m - rate / len(z) * z @ (z.T @ m)

    def evolve(part):
        z = x[part] @ encode.weights
        lengths = np.linalg.norm(z, axis=1, keepdims=True)
        z /= lengths
        arrived = np.hstack([shrink(z, z - target[part]) + target[part], np.ones((len(part), 1))])
        return z, lengths, arrived, arrived @ head.weights

    order = random.permutation(n)
    train, held, at, best = order[: n * 4 // 5], order[n * 4 // 5 :], 0, 0
    for step in range(1, 501):
        if at == 0:
            random.shuffle(train)
        part = train[at : at + 256]
        at = at + 256 if at + 256 < len(train) else 0
        z, lengths, arrived, scores = evolve(part)
        gradient = (softmax(scores) - target[part]) / len(part)
        back = shrink(z, gradient @ head.weights[:-1].T)
        back = (back - (back * z).sum(axis=1, keepdims=True) * z) / lengths
        size = 0.005 * (1 - (step - 1) / 10000)
        head.update(arrived.T @ gradient, size, step)
        encode.update(x[part].T @ back, size, step)
        if step % 100 == 0:
            right = [(evolve(p)[3].argmax(axis=1) == y[p]).sum() for p in np.split(held, range(256, len(held), 256))]
            best = max(best, 100 * sum(right) / len(held))
    return best
