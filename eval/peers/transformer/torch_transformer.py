"""PyTorch: a pre-norm transformer with rotary positions, one update by AdamW; eager, or compiled by inductor.

Attention is ``scaled_dot_product_attention``, the optimiser is the fused one, and what is compiled is the model and its
loss together.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import torch
from torch import nn
from torch.nn import functional

PACKAGES = ("torch",)
DTYPE = "float32"
ROTARY_BASE = 10_000.0
EPSILON = 1e-6


class Block(nn.Module):
    def __init__(self, width, hidden, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width, eps=EPSILON)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.feed_forward_norm = nn.LayerNorm(width, eps=EPSILON)
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, tokens, cos, sin):
        batch, length, width = tokens.shape
        heads = self.query_key_value(self.attention_norm(tokens)).view(batch, length, 3, self.heads, -1)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(
            turn(query, cos, sin), turn(key, cos, sin), value, is_causal=True
        )
        tokens = tokens + self.output(mixed.transpose(1, 2).reshape(batch, length, width))
        inner = functional.gelu(self.up(self.feed_forward_norm(tokens)), approximate="tanh")
        return tokens + self.down(inner)


class Transformer(nn.Module):
    def __init__(self, vocabulary, width, hidden, layers, heads, length):
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width, hidden, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.readout = nn.Linear(width, vocabulary)
        pairs = width // heads // 2
        frequencies = ROTARY_BASE ** (-torch.arange(pairs, dtype=torch.float64) / pairs)
        angles = torch.arange(length)[:, None] * frequencies
        self.register_buffer("cos", angles.cos().float())
        self.register_buffer("sin", angles.sin().float())

    def forward(self, words):
        tokens = self.token_embedding(words)
        for block in self.blocks:
            tokens = block(tokens, self.cos, self.sin)
        return self.readout(self.norm(tokens))


def turn(features, cos, sin):
    first, second = features.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


def load(model, weights):
    """Give the model its parameters: our names are its own, but for the modules that hold a branch together."""
    parameters = dict(model.named_parameters())
    for name, array in weights.items():
        *owner, kind = name.replace(".attention.", ".").replace(".feed_forward.", ".").split(".")
        given = torch.from_numpy(array)
        own = {"scale": "weight", "kernel": "weight", "bias": "bias", "token_embedding": "token_embedding.weight"}
        parameter = parameters.pop(".".join([*owner, own[kind]]))
        parameter.data = given.T.contiguous() if kind == "kernel" else given.clone()
    assert not parameters, f"no values for {', '.join(parameters)}"


def compile(words, weights, layers, heads, learning_rate, weight_decay, clip_norm, compiled):
    vocabulary, width = weights["token_embedding"].shape
    hidden = weights["blocks.0.feed_forward.up.bias"].size
    words = torch.from_numpy(words).long()
    inputs, targets = words[:, :-1].contiguous(), words[:, 1:].contiguous()
    model = Transformer(vocabulary, width, hidden, layers, heads, inputs.shape[1])
    load(model, weights)
    # Matrices decay; norms and biases do not.
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, fused=True)

    def value(inputs, targets):
        return functional.cross_entropy(model(inputs).view(-1, vocabulary), targets.view(-1))

    if compiled:
        # In this process, and nothing read back from an earlier run, so that its time is that of compiling.
        torch._inductor.config.compile_threads = 1
        torch._inductor.config.force_disable_caches = True
        value = torch.compile(value)
        value(inputs, targets).backward()

    def step():
        optimizer.zero_grad()
        loss = value(inputs, targets)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        return loss.detach(), norm.detach()

    return step, None
