"""FastAPI with python-jose and SQLAlchemy, after FastAPI's own tutorial: a session for each
request, a dependency that verifies the token, models that shape the answers. WAL and
synchronous = FULL, as SQLAlchemy's documentation sets pragmas; one uvicorn worker."""

import os
import time
from datetime import datetime, timezone
from typing import List, Optional
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt
from pydantic import BaseModel, Field
from sqlalchemy import Column, Integer, String, create_engine, event
from sqlalchemy.orm import Session, declarative_base, sessionmaker

SECRET = os.environ["SECRET"]
ISSUER = os.environ["ISSUER"]
PAGE_LENGTH = 50

engine = create_engine(
    f"sqlite:///{os.environ['STORE']}", connect_args={"check_same_thread": False}
)


@event.listens_for(engine, "connect")
def set_pragmas(connection, _record):
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


class TaskRow(Base):
    __tablename__ = "tasks"
    __table_args__ = {"sqlite_with_rowid": False}
    user_id = Column(String, primary_key=True)
    id = Column(String, primary_key=True)
    title = Column(String, nullable=False)
    description = Column(String, nullable=False)
    completed_at = Column(Integer)
    created_at = Column(Integer, nullable=False)
    updated_at = Column(Integer, nullable=False)
    version = Column(Integer, nullable=False)


Base.metadata.create_all(bind=engine)


class Task(BaseModel):
    id: str
    title: str
    description: str
    completed: bool
    completedAt: Optional[datetime]
    createdAt: datetime
    updatedAt: datetime
    version: int


class Page(BaseModel):
    data: List[Task]
    nextCursor: Optional[str]


class NewTask(BaseModel):
    title: str = Field(min_length=1, max_length=255)
    description: str = ""


class TaskPatch(BaseModel):
    title: Optional[str] = Field(None, min_length=1, max_length=255)
    description: Optional[str] = None


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


def current_user(token: str = Depends(OAuth2PasswordBearer(tokenUrl="token"))) -> str:
    try:
        claims = jwt.decode(
            token, SECRET, algorithms=["HS256"], issuer=ISSUER, audience=f"{ISSUER}/api"
        )
    except JWTError:
        raise HTTPException(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return claims["sub"]


def instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)


def to_task(row: TaskRow) -> Task:
    return Task(
        id=row.id,
        title=row.title,
        description=row.description,
        completed=row.completed_at is not None,
        completedAt=None if row.completed_at is None else instant(row.completed_at),
        createdAt=instant(row.created_at),
        updatedAt=instant(row.updated_at),
        version=row.version,
    )


app = FastAPI()


@app.get("/api/users/me/tasks", response_model=Page)
def list_tasks(
    cursor: Optional[str] = None,
    user_id: str = Depends(current_user),
    db: Session = Depends(get_db),
):
    query = db.query(TaskRow).filter(TaskRow.user_id == user_id)
    if cursor is not None:
        query = query.filter(TaskRow.id < cursor)
    rows = query.order_by(TaskRow.id.desc()).limit(PAGE_LENGTH + 1).all()
    data = [to_task(row) for row in rows[:PAGE_LENGTH]]
    return Page(data=data, nextCursor=data[-1].id if len(rows) > PAGE_LENGTH else None)


def find(db: Session, user_id: str, task_id: str) -> TaskRow:
    row = db.get(TaskRow, (user_id, task_id))
    if row is None:
        raise HTTPException(status_code=404)
    return row


@app.get("/api/users/me/tasks/{task_id}", response_model=Task)
def get_task(
    task_id: str, user_id: str = Depends(current_user), db: Session = Depends(get_db)
):
    return to_task(find(db, user_id, task_id))


@app.post("/api/users/me/tasks", response_model=Task, status_code=201)
def create_task(
    new: NewTask, user_id: str = Depends(current_user), db: Session = Depends(get_db)
):
    now = int(time.time() * 1000)
    row = TaskRow(
        user_id=user_id,
        id=str(uuid4()),
        title=new.title,
        description=new.description,
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.add(row)
    db.commit()
    db.refresh(row)
    return to_task(row)


@app.patch("/api/users/me/tasks/{task_id}", response_model=Task)
def update_task(
    task_id: str,
    patch: TaskPatch,
    user_id: str = Depends(current_user),
    db: Session = Depends(get_db),
):
    row = find(db, user_id, task_id)
    for name, value in patch.dict(exclude_unset=True).items():
        setattr(row, name, value)
    row.updated_at = int(time.time() * 1000)
    row.version += 1
    db.commit()
    db.refresh(row)
    return to_task(row)


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False)
