"""Every route of Kaggle's clients, those that lead nowhere last."""

from fastapi import APIRouter

from server.api.kaggle import accounts, boards, data, history, hosts, pages, rest, submissions

ROUTERS: list[APIRouter] = [
    noun.router for noun in (data, submissions, history, boards, pages, hosts, rest, accounts)
]
